import { parseArgs } from 'node:util';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { serve } from './serve.mjs';

const FIRST_PORT = 4173;

const { values } = parseArgs({ options: { port: { type: 'string' }, host: { type: 'string', default: '127.0.0.1' } } });
try {
  await ensureInstalled();
  await ensureBuilt();
  const port = values.port === undefined ? FIRST_PORT : Number(values.port);
  const last = values.port === undefined ? FIRST_PORT + 100 : port;
  const { port: bound } = await serve({ port, last, host: values.host });
  console.log(`Retort is at http://localhost:${bound}/ (stop with Ctrl-C)`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
