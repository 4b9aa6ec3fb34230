import Database from 'better-sqlite3';
import { schema, with_lines } from './rows.mjs';

export async function open(url) {
  const db = new Database(url.slice('sqlite:'.length));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL'); // an answered order survives a power cut, as it does with Daybook
  db.exec(schema('TEXT'));
  const insert_order = db.prepare('INSERT INTO orders VALUES (@id, @type, @source, @state, @placed_at)');
  const insert_line = db.prepare('INSERT INTO order_lines VALUES (?, ?, ?, ?, ?)');
  const one = db.prepare('SELECT * FROM orders WHERE id = ?');
  const lines_of = db.prepare('SELECT * FROM order_lines WHERE order_id = ? ORDER BY position');
  const newest = db.prepare('SELECT * FROM orders ORDER BY placed_at DESC LIMIT ?');
  const lines_in = db.prepare(
    'SELECT * FROM order_lines WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY order_id, position');
  return {
    insert: db.transaction((order) => {
      insert_order.run(order);
      order.lines.forEach((l, n) => insert_line.run(order.id, n + 1, l.item, l.quantity, JSON.stringify(l.modifiers ?? [])));
    }),
    find: (id) => {
      const order = one.get(id);
      return order && with_lines([order], lines_of.all(id))[0];
    },
    newest: (limit) => {
      const orders = newest.all(limit);
      return with_lines(orders, lines_in.all(JSON.stringify(orders.map((o) => o.id))));
    },
  };
}
