import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Cross-origin isolation, so that wasm may use threads and clocks are precise. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Files that few people need, too large to be fetched before they are: the service worker keeps them from their first use on. */
const LATE = /^assets\/ort-.*\.wasm$/;

/**
 * Lists every file of the build for the service worker. The list's hash also goes into the worker's own text, since a browser
 * takes up a new one only when its bytes have changed.
 */
function offlineList(): Plugin {
  return {
    name: 'offline-list',
    apply: 'build',
    // After the plugin that makes index.html.
    enforce: 'post',
    generateBundle(_options, bundle) {
      const files = [...Object.keys(bundle).filter((name) => name !== 'offline.js'), ...readdirSync('public')].sort();
      const build = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 16);
      this.emitFile({ type: 'asset', fileName: 'offline.json', source: JSON.stringify({ build, files: files.filter((name) => !LATE.test(name)) }) });
      const worker = bundle['offline.js'];
      if (worker?.type !== 'chunk') this.error('The service worker is missing from the build.');
      worker.code += `\n// ${build}\n`;
    },
  };
}

export default defineConfig({
  plugins: [react(), offlineList()],
  base: './',
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 2000,
    rollupOptions: {
      input: { index: 'index.html', offline: 'workers/offline.worker.ts' },
      output: { entryFileNames: (chunk) => (chunk.name === 'offline' ? 'offline.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: { headers: isolation },
  preview: { headers: isolation },
});
