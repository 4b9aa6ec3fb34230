import pg from 'pg';
import { schema, with_lines } from './rows.mjs';

const insert_lines = `INSERT INTO order_lines
  SELECT $1, l.position, l.line->>'item', (l.line->>'quantity')::integer, coalesce(l.line->'modifiers', '[]')
    FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS l (line, position)`;
const lines_in = 'SELECT * FROM order_lines WHERE order_id = ANY ($1) ORDER BY order_id, position';

export async function open(url) {
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  await pool.query(schema('JSONB'));
  // Named, so that each connection prepares a statement once.
  const ask = (on, name, text, values) => on.query({ name, text, values });
  return {
    insert: async ({ id, type, source, state, placed_at, lines }) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await ask(client, 'order', 'INSERT INTO orders VALUES ($1, $2, $3, $4, $5)', [id, type, source, state, placed_at]);
        await ask(client, 'lines', insert_lines, [id, JSON.stringify(lines)]);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
    find: async (id) => {
      const orders = await ask(pool, 'one', 'SELECT * FROM orders WHERE id = $1', [id]);
      if (orders.rows.length === 0) return undefined;
      const lines = await ask(pool, 'lines_of', 'SELECT * FROM order_lines WHERE order_id = $1 ORDER BY position', [id]);
      return with_lines(orders.rows, lines.rows)[0];
    },
    newest: async (limit) => {
      const orders = await ask(pool, 'newest', 'SELECT * FROM orders ORDER BY placed_at DESC LIMIT $1', [limit]);
      const ids = orders.rows.map((o) => o.id);
      const lines = await ask(pool, 'lines_in', lines_in, [ids]);
      return with_lines(orders.rows, lines.rows);
    },
  };
}
