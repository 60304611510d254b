import * as tf from '@tensorflow/tfjs-core';
import { openNodeWebGpu } from '../../node-gpu.testing';
import type { RecordingBackend } from '../backend';

/**
 * What subgroups would save in statistics: sums of 512 groups of 4096 numbers by workgroups of 64 threads, which put their sums together by halving with
 * barriers, by one thread that adds them all, or by `subgroupAdd`. Prints processor milliseconds a dispatch; run with tsx.
 */
const [GROUPS, LENGTH, THREADS, ROUNDS, DISPATCHES] = [512, 4096, 64, 6, 4];

const shader = (together: string, inputs = '', directives = '') => `${directives}
@group(0) @binding(0) var<storage, read> values: array<vec4f, ${(GROUPS * LENGTH) / 4}>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32, ${GROUPS}>;
var<workgroup> parts: array<f32, ${THREADS}>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32${inputs}) {
  var four = vec4f();
  for (var i = 0u; i < ${LENGTH / 4 / THREADS}u; i++) { four += values[group.x * ${LENGTH / 4}u + i * ${THREADS}u + lane]; }
  let own = four.x + four.y + four.z + four.w;
  ${together}
}`;
const VARIANTS = {
  halving: shader(`parts[lane] = own;
  workgroupBarrier();
  for (var n = ${THREADS / 2}u; n > 0u; n >>= 1u) { if (lane < n) { parts[lane] += parts[lane + n]; } workgroupBarrier(); }
  if (lane == 0u) { sums[group.x] = parts[0]; }`),
  'one thread': shader(`parts[lane] = own;
  workgroupBarrier();
  if (lane == 0u) { var sum = 0.0; for (var i = 0u; i < ${THREADS}u; i++) { sum += parts[i]; } sums[group.x] = sum; }`),
  subgroups: shader(`let both = subgroupAdd(own);
  if (place == 0u) { parts[lane / size] = both; }
  workgroupBarrier();
  if (lane == 0u) { var sum = 0.0; for (var i = 0u; i < ${THREADS}u / size; i++) { sum += parts[i]; } sums[group.x] = sum; }`,
  ', @builtin(subgroup_size) size: u32, @builtin(subgroup_invocation_id) place: u32', 'enable subgroups;'),
};

const { release } = await openNodeWebGpu();
const { device } = tf.backend() as unknown as RecordingBackend;
const values = device.createBuffer({ size: 4 * GROUPS * LENGTH, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
const sums = device.createBuffer({ size: 4 * GROUPS, usage: GPUBufferUsage.STORAGE });
device.queue.writeBuffer(values, 0, new Float32Array(GROUPS * LENGTH).fill(0.5));
const variants = Object.entries(VARIANTS).map(([name, code]) => {
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code }) } });
  const entries = [values, sums].map((buffer, binding) => ({ binding, resource: { buffer } }));
  return { name, pipeline, group: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }), fastest: Infinity };
});
for (let round = 0; round < ROUNDS; round++) {
  for (const variant of variants) {
    const start = process.cpuUsage();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(variant.pipeline);
    pass.setBindGroup(0, variant.group);
    for (let i = 0; i < DISPATCHES; i++) pass.dispatchWorkgroups(GROUPS);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    const { user, system } = process.cpuUsage(start);
    variant.fastest = Math.min(variant.fastest, (user + system) / 1000 / DISPATCHES);
  }
}
for (const { name, fastest } of variants) process.stdout.write(`${name}: ${fastest.toFixed(1)} ms\n`);
release();
