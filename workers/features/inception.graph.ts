/**
 * The Inception v3 of 2015 that FID is defined in (Szegedy et al., arXiv 1512.00567; Heusel et al., arXiv 1706.08500), with the names of torchvision's
 * state_dict. It differs from torchvision's net in its pools: averages leave the padding out, and the last block takes the maximum.
 */

export interface Convolution {
  kind: 'conv';
  /** Prefix of its weights, `.conv.weight` and `.bn.*`. */
  name: string;
  to: number;
  /** Height and width. */
  kernel: readonly [number, number];
  stride: 1 | 2;
  pad: 'same' | 'valid';
}

export type Layer =
  | Convolution
  | { kind: 'max'; stride: 1 | 2; pad: 'same' | 'valid' }
  | { kind: 'average' }
  /** Branches on the same input, joined along the channels. */
  | { kind: 'join'; branches: readonly (readonly Layer[])[] };

export interface Block {
  name: string;
  layers: readonly Layer[];
}

type Kernel = readonly [number, number];

/** A convolution with batch normalisation and ReLU that keeps the size. */
const conv = (name: string, to: number, kernel: Kernel = [1, 1]): Layer => ({ kind: 'conv', name, to, kernel, stride: 1, pad: 'same' });
const convValid = (name: string, to: number, stride: 1 | 2): Layer => ({ kind: 'conv', name, to, kernel: [3, 3], stride, pad: 'valid' });
const average: Layer = { kind: 'average' };
const maxHalf: Layer = { kind: 'max', stride: 2, pad: 'valid' };
const maxSame: Layer = { kind: 'max', stride: 1, pad: 'same' };

const block = (name: string, ...branches: Layer[][]): Block => ({ name, layers: [{ kind: 'join', branches }] });

/** Figure 5 of the paper: 35x35. */
function a(name: string, pool: number): Block {
  const at = (layer: string) => `${name}.${layer}`;
  return block(
    name,
    [conv(at('branch1x1'), 64)],
    [conv(at('branch5x5_1'), 48), conv(at('branch5x5_2'), 64, [5, 5])],
    [conv(at('branch3x3dbl_1'), 64), conv(at('branch3x3dbl_2'), 96, [3, 3]), conv(at('branch3x3dbl_3'), 96, [3, 3])],
    [average, conv(at('branch_pool'), pool)],
  );
}

/** From 35x35 to 17x17. */
function b(name: string): Block {
  const at = (layer: string) => `${name}.${layer}`;
  return block(
    name,
    [convValid(at('branch3x3'), 384, 2)],
    [conv(at('branch3x3dbl_1'), 64), conv(at('branch3x3dbl_2'), 96, [3, 3]), convValid(at('branch3x3dbl_3'), 96, 2)],
    [maxHalf],
  );
}

/** Figure 6: 17x17, with 7x7 windows as a row and a column. */
function c(name: string, width: number): Block {
  const at = (layer: string) => `${name}.${layer}`;
  return block(
    name,
    [conv(at('branch1x1'), 192)],
    [conv(at('branch7x7_1'), width), conv(at('branch7x7_2'), width, [1, 7]), conv(at('branch7x7_3'), 192, [7, 1])],
    [
      conv(at('branch7x7dbl_1'), width), conv(at('branch7x7dbl_2'), width, [7, 1]), conv(at('branch7x7dbl_3'), width, [1, 7]),
      conv(at('branch7x7dbl_4'), width, [7, 1]), conv(at('branch7x7dbl_5'), 192, [1, 7]),
    ],
    [average, conv(at('branch_pool'), 192)],
  );
}

/** From 17x17 to 8x8. */
function d(name: string): Block {
  const at = (layer: string) => `${name}.${layer}`;
  return block(
    name,
    [conv(at('branch3x3_1'), 192), convValid(at('branch3x3_2'), 320, 2)],
    [
      conv(at('branch7x7x3_1'), 192), conv(at('branch7x7x3_2'), 192, [1, 7]), conv(at('branch7x7x3_3'), 192, [7, 1]),
      convValid(at('branch7x7x3_4'), 192, 2),
    ],
    [maxHalf],
  );
}

/** Figure 7: 8x8. */
function e(name: string, pool: Layer): Block {
  const at = (layer: string) => `${name}.${layer}`;
  const split = (first: string, second: string): Layer => ({ kind: 'join', branches: [[conv(at(first), 384, [1, 3])], [conv(at(second), 384, [3, 1])]] });
  return block(
    name,
    [conv(at('branch1x1'), 320)],
    [conv(at('branch3x3_1'), 384), split('branch3x3_2a', 'branch3x3_2b')],
    [conv(at('branch3x3dbl_1'), 448), conv(at('branch3x3dbl_2'), 384, [3, 3]), split('branch3x3dbl_3a', 'branch3x3dbl_3b')],
    [pool, conv(at('branch_pool'), 192)],
  );
}

/** The blocks in order, each with the name torchvision gives it. */
export const INCEPTION: readonly Block[] = [
  { name: 'Conv2d_1a_3x3', layers: [convValid('Conv2d_1a_3x3', 32, 2)] },
  { name: 'Conv2d_2a_3x3', layers: [convValid('Conv2d_2a_3x3', 32, 1)] },
  { name: 'Conv2d_2b_3x3', layers: [conv('Conv2d_2b_3x3', 64, [3, 3])] },
  { name: 'maxpool1', layers: [maxHalf] },
  { name: 'Conv2d_3b_1x1', layers: [conv('Conv2d_3b_1x1', 80)] },
  { name: 'Conv2d_4a_3x3', layers: [convValid('Conv2d_4a_3x3', 192, 1)] },
  { name: 'maxpool2', layers: [maxHalf] },
  a('Mixed_5b', 32), a('Mixed_5c', 64), a('Mixed_5d', 64),
  b('Mixed_6a'),
  c('Mixed_6b', 128), c('Mixed_6c', 160), c('Mixed_6d', 160), c('Mixed_6e', 192),
  d('Mixed_7a'),
  e('Mixed_7b', average), e('Mixed_7c', maxSame),
];

/** Channels behind the last block: the dimensions of the features. */
export const INCEPTION_DIM = 2048;
/** Outputs of the head, of which FID uses none; torchvision's own net has 1,000. */
export const INCEPTION_LOGITS = 1008;
/** Side of the images that go in. */
export const INCEPTION_SIZE = 299;

/** A convolution with the channels and the side of its output that its place in the net gives it. */
export type PlacedConvolution = Convolution & { from: number; side: number };

/** Every convolution of the net for images of `size` px, in order. */
export function inceptionConvolutions(size = INCEPTION_SIZE): PlacedConvolution[] {
  const found: PlacedConvolution[] = [];
  const after = (side: number, kernel: number, stride: number, pad: 'same' | 'valid') => Math.ceil((pad === 'same' ? side : side - kernel + 1) / stride);
  const through = (layers: readonly Layer[], from: number, start: number): { channels: number; side: number } => {
    let [channels, side] = [from, start];
    for (const layer of layers) {
      if (layer.kind === 'join') {
        const ends = layer.branches.map((branch) => through(branch, channels, side));
        channels = ends.reduce((sum, end) => sum + end.channels, 0);
        side = ends[0].side;
      } else if (layer.kind === 'conv') {
        side = after(side, layer.kernel[0], layer.stride, layer.pad);
        found.push({ ...layer, from: channels, side });
        channels = layer.to;
      } else if (layer.kind === 'max') {
        side = after(side, 3, layer.stride, layer.pad);
      }
    }
    return { channels, side };
  };
  through(INCEPTION.flatMap(({ layers }) => layers), 3, size);
  return found;
}

/** Floating-point operations of one image of `size` px, two per multiply and add. */
export function inceptionFlops(size = INCEPTION_SIZE): number {
  return inceptionConvolutions(size).reduce((sum, { from, to, kernel, side }) => sum + 2 * from * to * kernel[0] * kernel[1] * side * side, 0);
}
