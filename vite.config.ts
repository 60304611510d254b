import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Cross-origin isolation, so that wasm may use threads and clocks are precise. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * The threaded wasm build starts its threads from the text of one of its functions, which reads `_scriptDir` from the scope
 * around it. Only a `typeof` guards that, and minifiers remove the guard because here the variable exists: every thread would
 * end with a ReferenceError. The variable means nothing in a module, so its two uses go.
 */
function selfContainedThreads(): Plugin {
  const uses = [/if\(typeof _scriptDir !== "undefined" && _scriptDir\)\{scriptDirectory=_scriptDir\}/, /\|\|_scriptDir(?=,"wasmMemory")/];
  return {
    name: 'self-contained-threads',
    transform(code, id) {
      if (!id.endsWith('tfjs-backend-wasm-threaded-simd.js')) return null;
      for (const use of uses) {
        if (!use.test(code)) this.error('The threaded wasm build has changed; check how its threads start.');
        code = code.replace(use, '');
      }
      return { code, map: null };
    },
  };
}

export default defineConfig({
  plugins: [react()],
  base: './',
  worker: { format: 'es', plugins: () => [selfContainedThreads()] },
  build: { target: 'es2023', chunkSizeWarningLimit: 2000 },
  server: { headers: isolation },
  preview: { headers: isolation },
});
