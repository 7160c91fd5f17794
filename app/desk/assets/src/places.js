// Order is a number, `place`, in each story and entry; equal ones go by key (app/editing/shape.py).

export function inOrder(map) {
  return [...map.entries()]
    .filter(([, value]) => value.get?.("dropped") !== true)
    .map(([key, value]) => ({ key, value, place: value.get?.("place") ?? Number.MAX_SAFE_INTEGER }))
    .sort((one, other) => one.place - other.place || (one.key < other.key ? -1 : 1));
}

// Moves or places `key` in front of the `index`th of the others; numbers all anew where no room is.
export function placeAt(map, key, index) {
  const others = inOrder(map).filter((one) => one.key !== key);
  const at = Math.max(0, Math.min(index, others.length));
  const low = others[at - 1]?.place ?? (others[at]?.place ?? 1) - 2;
  const high = others[at]?.place ?? low + 2;
  const between = low + (high - low) / 2;
  if (low < between && between < high) {
    map.get(key).set("place", between);
    return;
  }
  const order = others.map((one) => one.key);
  order.splice(at, 0, key);
  order.forEach((one, n) => map.get(one).set("place", n + 1));
}

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
