// The tables of both peers, and the way from a row of the join back to an order.
export const schema = (json) => `
  CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL, placed_at TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS orders_placed_at ON orders (placed_at);
  CREATE TABLE IF NOT EXISTS order_lines (
    order_id TEXT NOT NULL REFERENCES orders (id), position INTEGER NOT NULL, item TEXT NOT NULL, quantity INTEGER NOT NULL,
    modifiers ${json} NOT NULL, PRIMARY KEY (order_id, position));`;

export function with_lines(orders, lines) {
  const by_id = new Map(orders.map((order) => [order.id, { ...order, lines: [] }]));
  for (const { order_id, item, quantity, modifiers } of lines) {
    const read = typeof modifiers === 'string' ? JSON.parse(modifiers) : modifiers; // pg has parsed it already
    by_id.get(order_id).lines.push({ item, quantity, modifiers: read });
  }
  return [...by_id.values()];
}
