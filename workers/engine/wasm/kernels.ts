import { installFilterGradient } from './filter-gradient';

let installed = false;

/** Registers our wasm kernels over tfjs' slow ones and in place of its missing ones. Idempotent. */
export function installWasmKernels(): void {
  if (installed) return;
  installed = true;
  installFilterGradient();
}
