import type { RetortError } from '../../failure';
import { deviceLost, deviceRefused, outOfMemory } from '../failures';
import type { RecordingBackend } from './backend';

const MEMORY = /memory/i;

/**
 * Resolves with the first thing that makes a device unusable: its loss unless we closed it, memory it could not give, a command it refused. Never
 * rejects. Errors come through the device's own event and not through error scopes: a scope would have to be waited for around every allocation, and tells
 * nothing more.
 */
export function watchFaults(device: GPUDevice, backend: Pick<RecordingBackend, 'closed' | 'meter'>): Promise<RetortError> {
  return new Promise((resolve) => {
    void device.lost.then(({ reason, message }) => {
      if (!backend.closed) resolve(deviceLost(`${reason ?? 'unknown'}: ${message}`));
    });
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      // Drivers also report the end of memory as internal errors.
      const memory = error.constructor.name === 'GPUOutOfMemoryError' || MEMORY.test(error.message);
      resolve(memory ? outOfMemory(backend.meter.traffic.liveBytes, error.message) : deviceRefused(error.message));
    });
  });
}
