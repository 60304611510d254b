import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import { expose } from './expose';
import { Studio } from './studio/studio';

/** The worker that owns the GPU and the runs. The backend wants an address for every build, though only the SIMD one is fetched. */
expose(new Studio({
  'tfjs-backend-wasm.wasm': new URL(plainUrl, import.meta.url).href,
  'tfjs-backend-wasm-simd.wasm': new URL(simdUrl, import.meta.url).href,
  'tfjs-backend-wasm-threaded-simd.wasm': new URL(threadedUrl, import.meta.url).href,
}));
