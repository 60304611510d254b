import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locate, serve } from './serve.mjs';

let folder: string;
let site: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'retort-serve-'));
  site = join(folder, 'site');
  mkdirSync(join(site, 'assets'), { recursive: true });
  writeFileSync(join(site, 'index.html'), '<!doctype html>');
  writeFileSync(join(site, 'assets/a b.wasm'), new Uint8Array([0, 97, 115, 109]));
  writeFileSync(join(site, '.stamp'), 'private');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  symlinkSync(join(folder, 'secret.txt'), join(site, 'link.txt'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('locate', () => {
  it('finds the index and files with encoded names', () => {
    expect(locate(site, '/?x=1')).toBe(join(site, 'index.html'));
    expect(locate(site, '/assets/a%20b.wasm')).toBe(join(site, 'assets/a b.wasm'));
  });

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/..%5csecret.txt', '/link.txt', '/.stamp', '/a%00.html', '/%ff', '/assets'])(
    'refuses %s',
    (url) => expect(locate(site, url)).toBeNull(),
  );
});

describe('serve', () => {
  it('sends types, isolation and a policy without foreign origins', async () => {
    const { port, close } = await serve({ folder: site });
    try {
      const response = await fetch(`http://127.0.0.1:${port}/assets/a%20b.wasm`);
      expect(response.headers.get('content-type')).toBe('application/wasm');
      expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(response.headers.get('content-security-policy')).not.toMatch(/https?:|\*/);
      expect((await response.arrayBuffer()).byteLength).toBe(4);
      expect((await fetch(`http://127.0.0.1:${port}/none`)).status).toBe(404);
      expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'POST' })).status).toBe(405);
    } finally {
      await close();
    }
  });

  it('takes the next port when one is in use, and fails when it may not', async () => {
    const first = await serve({ folder: site });
    const second = await serve({ folder: site, port: first.port, last: first.port + 20 });
    try {
      expect(second.port).toBeGreaterThan(first.port);
      await expect(serve({ folder: site, port: first.port })).rejects.toThrow(/EADDRINUSE/);
    } finally {
      await first.close();
      await second.close();
    }
  });
});
