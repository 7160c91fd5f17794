// What a browser keeps of documents: one copy for each person and document. Where something in it may
// not be on the server yet it is marked, so that all others can be cleared away.
import * as idb from "lib0/indexeddb";

const NAME = /^devoured-(?:(\d+)-)?issue-(\d+)-/;
const MARKS = "custom"; // the stores are y-indexeddb's
let raised = 0;

export const copyName = (person, issueId, name) => `devoured-${person}-issue-${issueId}-${name}`;

// Resolves once nobody clears this copy away, for as long as the page is there.
export function hold(name) {
  return new Promise((granted) => {
    const kept = () => {
      granted();
      return new Promise(() => {});
    };
    if (navigator.locks) navigator.locks.request(name, { mode: "shared" }, kept).catch(granted);
    else granted();
  });
}

// Returns the marks of a copy: each page that writes in it has one, a number that grows.
export async function marksOf(name) {
  const db = await idb.openDB(name, (fresh) =>
    idb.createStores(fresh, [["updates", { autoIncrement: true }], [MARKS]]));
  const [store] = idb.transact(db, [MARKS], "readonly");
  const found = await idb.getAllKeysValues(store);
  db.close();
  return new Map(found.map(({ k, v }) => [k, v]));
}

// Before a change is kept it is marked as unsent.
export function mark(db, marks, key) {
  raised += 1;
  marks.set(key, raised);
  const [store] = idb.transact(db, [MARKS]);
  idb.put(store, raised, key);
}

// All that was marked so is on the server; a mark that another page raised meanwhile stays.
export async function unmark(db, marks) {
  const known = [...marks];
  marks.clear();
  const [store] = idb.transact(db, [MARKS]);
  for (const [key, n] of known) if ((await idb.get(store, key)) === n) idb.del(store, key);
}

// Deletes the copies that `isToGo` says of, by person, issue and whether something in it is unsent. Those
// that a page has open stay.
export async function clearCopies(isToGo) {
  if (!navigator.locks || !window.indexedDB?.databases) return;
  for (const { name } of await indexedDB.databases()) {
    const [isOurs, person, issue] = NAME.exec(name) ?? [];
    if (!isOurs) continue;
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      const isUnsent = (await marksOf(name)).size > 0;
      if (isToGo({ person: Number(person), issue: Number(issue), isUnsent })) await idb.deleteDB(name);
    });
  }
}
