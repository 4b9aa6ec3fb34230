// The peer: an order service as this stack is usually built, and as fast as it goes. It writes the order and its lines in one
// durable transaction, answers, and pushes the order to every connected screen. It validates, prices, numbers and logs nothing.
//   node server.mjs --port 9000 --store sqlite:/path/file.db | postgres://…
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import express from 'express';
import { Server } from 'socket.io';

const { values: options } = parseArgs({ options: { port: { type: 'string' }, store: { type: 'string' } } });
const { open } = await import(options.store.startsWith('postgres:') ? './postgres.mjs' : './sqlite.mjs');
const store = await open(options.store);

const app = express();
const server = createServer(app);
const screens = new Server(server);
app.disable('x-powered-by');
app.use(express.json());

app.post('/orders', async (request, response) => {
  const { id, type, source, lines } = request.body;
  const order = { id, type, source, state: 'open', placed_at: new Date().toISOString(), lines };
  await store.insert(order);
  response.status(201).json(order);
  screens.emit('new_order', order);
});
app.get('/orders/:id', async (request, response) => {
  const order = await store.find(request.params.id);
  if (order) response.json(order);
  else response.status(404).end();
});
app.get('/orders', async (request, response) => {
  response.json({ data: await store.newest(Number(request.query.limit ?? 50)) });
});

server.keepAliveTimeout = 60_000;
server.listen(Number(options.port), '127.0.0.1', () => console.log('ready'));
process.on('SIGTERM', () => process.exit(0));
