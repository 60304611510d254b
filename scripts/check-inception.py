"""Compares the FID Inception with torchvision's blocks, block by block, on seeded random weights.

Needs torch and torchvision (Debian: python3-torchvision) and the installed Node packages:

    /usr/bin/python3 scripts/check-inception.py [--side 299] [--format legacy|zip] [--bound 1e-3]

The weights go through a .pth file as torch writes it, so the reader of those is compared too. torchvision's net becomes that of FID by its pools alone:
averages leave the padding out, and the last block takes the maximum. Prints one line a block with the largest difference over the block's largest value;
the exit code is 1 when one is beyond the bound.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torchvision.models.inception import inception_v3

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = [
    "Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "maxpool1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "maxpool2",
    "Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e", "Mixed_7a", "Mixed_7b", "Mixed_7c",
]


def seeded_net(seed: int) -> torch.nn.Module:
    """The net with weights that keep activations about one, so that no layer hides behind a small one."""
    generator = torch.Generator().manual_seed(seed)
    net = inception_v3(weights=None, num_classes=1008, aux_logits=False, init_weights=False).eval()
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if name.endswith("conv.weight"):
                value.normal_(0, (2 / value[0].numel()) ** 0.5, generator=generator)
            elif name.endswith("bn.weight"):
                value.uniform_(0.8, 1.2, generator=generator)
            elif name.endswith(("bn.bias", "running_mean")):
                value.normal_(0, 0.2, generator=generator)
            elif name.endswith("running_var"):
                value.uniform_(0.5, 1.5, generator=generator)
    return net


def reference(net: torch.nn.Module, image: torch.Tensor) -> dict:
    """Every block's output in float64, channels last."""
    stock = F.avg_pool2d
    pools = {
        "average": lambda x, kernel_size, stride, padding: stock(x, kernel_size, stride, padding, count_include_pad=False),
        "maximum": lambda x, kernel_size, stride, padding: F.max_pool2d(x, kernel_size, stride, padding),
    }
    outputs, x = {}, image.double()
    net = net.double()
    try:
        with torch.no_grad():
            for name in BLOCKS:
                F.avg_pool2d = pools["maximum" if name == "Mixed_7c" else "average"]
                x = getattr(net, name)(x)
                outputs[name] = x[0].permute(1, 2, 0).numpy()
    finally:
        F.avg_pool2d = stock
    outputs["features"] = x.mean((2, 3))[0].numpy()
    return outputs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=299)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", choices=["legacy", "zip"], default="legacy")
    parser.add_argument("--bound", type=float, default=1e-3)
    options = parser.parse_args()
    net = seeded_net(options.seed)
    image = torch.rand(1, 3, options.side, options.side, generator=torch.Generator().manual_seed(options.seed + 1)) * 2 - 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        torch.save(net.state_dict(), folder / "weights.pth", _use_new_zipfile_serialization=options.format == "zip")
        image[0].permute(1, 2, 0).contiguous().numpy().tofile(folder / "image.f32")
        subprocess.run(["npx", "tsx", "workers/features/inception.check.testing.ts", str(folder), str(options.side)], cwd=ROOT, check=True)
        worst = 0.0
        for block, expected in reference(net, image).items():
            actual = np.fromfile(folder / f"{block}.f32", np.float32).reshape(expected.shape)
            error = float(np.abs(actual - expected).max() / np.abs(expected).max())
            worst = max(worst, error)
            print(f"{block:14} {'x'.join(map(str, expected.shape)):12} {error:.2e}")
    print(f"largest {worst:.2e}, bound {options.bound:.0e}")
    return 0 if worst <= options.bound else 1


if __name__ == "__main__":
    sys.exit(main())
