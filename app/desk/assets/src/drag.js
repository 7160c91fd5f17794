// Stories dragged by mouse or finger, one or all that are selected. Keys do the same: keys.js.
import Sortable, { AutoScroll } from "sortablejs/modular/sortable.core.esm.js";

Sortable.mount(new AutoScroll());

const PRESS = 250;
const QUIET = "(prefers-reduced-motion: reduce)";

// `carried` tells which stories go with the one of this element, `put` where they were let go.
export function dragging({ carried, put, done }) {
  const lists = new Map();
  let isOn = false;
  let isTaken = false;

  // Whoever thinks better of it presses Escape.
  document.addEventListener("keydown", (event) => {
    if (!isOn || event.key !== "Escape") return;
    event.preventDefault();
    isTaken = false;
    document.dispatchEvent(new PointerEvent("pointerup"));
  }, true);

  function add(list, slug) {
    const sortable = new Sortable(list, {
      animation: matchMedia(QUIET).matches ? 0 : 120,
      delay: PRESS,
      delayOnTouchOnly: true,
      draggable: "li",
      fallbackClass: "carried",
      fallbackTolerance: 5,
      filter: "label",
      forceFallback: true,
      ghostClass: "landing",
      group: "stories",
      preventOnFilter: false,
      touchStartThreshold: 8,
      onChoose: ({ item }) => (item.dataset.carried = carried(item).length),
      onUnchoose: ({ item }) => delete item.dataset.carried,
      onStart: () => (isOn = isTaken = true),
      onEnd: ({ item, from, to, oldIndex, newIndex }) => {
        isOn = false;
        if (isTaken && (from !== to || oldIndex !== newIndex)) put(item, lists.get(to).slug, rest(item));
        done();
      },
    });
    // A long press on a link asks for its menu, too.
    list.addEventListener("contextmenu", (event) => isOn && event.preventDefault());
    lists.set(list, { slug, sortable });
  }

  function* rest(item) {
    for (let next = item.nextElementSibling; next; next = next.nextElementSibling) yield next;
  }

  return {
    add,
    isOn: () => isOn,
    close: (isClosed) => lists.forEach(({ sortable }) => sortable.option("disabled", isClosed)),
  };
}
