#!/usr/bin/env python3
"""Opens an export of Retort (zip or unpacked folder) the way others will, and compares it with what it says about itself.

Prints one JSON line; exits 0 only when everything agrees. Needs Pillow, NumPy and torchvision; safetensors, datasets and
mlcroissant are used where they are installed.

    python3 scripts/check-export.py condensed.zip
"""

import hashlib
import importlib.util
import json
import math
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from torchvision.datasets import ImageFolder

PICTURES = {".png", ".jpg", ".webp"}
ROW_KEYS = ["file_name", "label", "label_name", "origin", "source_path", "source_sha256", "difficulty", "weight", "soft_label"]


class Mismatch(Exception):
    """The export contradicts itself or a loader."""


def check(condition, message):
    if not condition:
        raise Mismatch(message)


def unpack(path, into):
    """Returns the folder of the export; a zip must be whole, stored, sorted, dated 1980 and free of odd names."""
    if path.is_dir():
        return path
    with zipfile.ZipFile(path) as archive:
        check(archive.testzip() is None, "the zip is damaged")
        infos = archive.infolist()
        names = [info.filename for info in infos]
        check(names == sorted(names), "the entries are not sorted by code point")
        check(len(set(names)) == len(names), "an entry appears twice")
        for info in infos:
            check(info.compress_type == zipfile.ZIP_STORED, f"{info.filename} is compressed")
            check(info.date_time == (1980, 1, 1, 0, 0, 0), f"{info.filename} carries a date")
            check(not info.filename.startswith("/") and ".." not in info.filename.split("/"), f"{info.filename} leaves the folder")
        archive.extractall(into)
    return into


def check_sums(root):
    listed = {}
    for line in (root / "CHECKSUMS.sha256").read_text("utf-8").splitlines():
        digest, name = line.split("  ", 1)
        listed[name] = digest
    present = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} - {"CHECKSUMS.sha256"}
    check(set(listed) == present, f"the checksums list other files: {sorted(set(listed) ^ present)[:5]}")
    for name, digest in listed.items():
        check(hashlib.sha256((root / name).read_bytes()).hexdigest() == digest, f"the checksum of {name} is wrong")
    return len(listed)


def check_classes(root):
    """classes.json against the folders as ImageFolder sorts and numbers them, and every picture through Pillow."""
    classes = json.loads((root / "classes.json").read_text("utf-8"))
    folder = ImageFolder(str(root / "train"))
    check([entry["folder"] for entry in classes] == folder.classes, "ImageFolder finds other classes or another order")
    check([entry["index"] for entry in classes] == list(range(len(classes))), "the labels of classes.json are not 0..K-1")
    for name, _ in folder.samples:
        with Image.open(name) as picture:
            check(picture.mode in ("RGB", "L", "P", "RGBA", "CMYK"), f"{name} has mode {picture.mode}")
            check(len(picture.getexif().keys() - {0x0112}) == 0, f"{name} carries EXIF")
            picture.load()
    return classes, [(Path(name).relative_to(root).as_posix(), label) for name, label in folder.samples]


def no_constant(name):
    raise Mismatch(f"metadata.jsonl holds {name}")


def check_metadata(root, classes, samples):
    """metadata.jsonl lists exactly the pictures, in their order, with one shape of row."""
    path = root / "train" / "metadata.jsonl"
    if not path.exists():
        return None
    rows = [json.loads(line, parse_constant=no_constant) for line in path.read_text("utf-8").split("\n") if line]
    check([("train/" + row["file_name"], row["label"]) for row in rows] == samples, "metadata.jsonl does not list exactly the pictures in order")
    for row in rows:
        check(list(row) == ROW_KEYS, f"{row['file_name']} has other columns")
        check(classes[row["label"]]["name"] == row["label_name"], f"{row['file_name']} has a wrong class name")
        check(isinstance(row["difficulty"], float) and math.isfinite(row["difficulty"]), f"{row['file_name']} has no difficulty")
        check(isinstance(row["weight"], float), f"the weight of {row['file_name']} is not typed as a float")
        check(len(row["soft_label"]) == len(classes) and all(isinstance(p, float) for p in row["soft_label"]), f"the soft label of {row['file_name']} is malformed")
        check(abs(sum(row["soft_label"]) - 1) < 1e-5, f"the soft label of {row['file_name']} does not sum to 1")
        check(not row["source_path"].startswith("/") and ":" not in row["source_path"][:3], f"{row['file_name']} tells an absolute path")
    return rows


def read_safetensors(path):
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    head = json.loads(raw[8:8 + size])
    entry = head["images"]
    check(entry["dtype"] == "U8", "images.safetensors is not uint8")
    begin, end = entry["data_offsets"]
    check(8 + size + end == len(raw), "images.safetensors has another length than its header says")
    return np.frombuffer(raw, np.uint8, end - begin, 8 + size + begin).reshape(entry["shape"])


def check_tensors(root, samples, rows, classes):
    folder = root / "tensors"
    if not folder.exists():
        return False
    labels = np.load(folder / "labels.npy")
    soft = np.load(folder / "soft_labels.npy")
    check(labels.dtype == np.int64 and labels.tolist() == [label for _, label in samples], "labels.npy does not fit the folders")
    check(soft.dtype == np.float32 and soft.shape == (len(samples), len(classes)), "soft_labels.npy has another shape or type")
    if rows is not None:
        check(np.allclose(soft, [row["soft_label"] for row in rows]), "soft_labels.npy does not fit metadata.jsonl")
    images = read_safetensors(folder / "images.safetensors")
    check(images.shape[0] == len(samples), "images.safetensors has another number of images")
    for index, (name, _) in enumerate(samples):
        with Image.open(root / name) as picture:
            pixels = np.asarray(picture)
        planes = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
        # Originals keep their own resolution; only working pictures can equal the tensor.
        if name.endswith(".png") and planes.shape == images.shape[1:] and index < 1000:
            check(np.array_equal(planes, images[index]), f"{name} differs from its tensor")
    return True


def check_documents(root, samples):
    labels = json.loads((root / "dataset.json").read_text("utf-8"))["labels"]
    check([tuple(pair) for pair in labels] == samples, "dataset.json does not list exactly the pictures")
    croissant = json.loads((root / "croissant.json").read_text("utf-8"))
    check(croissant["conformsTo"].endswith("/1.1"), "croissant.json is not of version 1.1")
    for part in croissant["distribution"]:
        if part["@type"] == "cr:FileObject":
            data = (root / part["contentUrl"]).read_bytes()
            check(hashlib.sha256(data).hexdigest() == part["sha256"], f"croissant.json has a wrong digest of {part['contentUrl']}")
    recipe = json.loads((root / "recipe.json").read_text("utf-8"))
    check(recipe["schema"] == 1, "recipe.json has another schema")
    check((root / "README.md").read_text("utf-8").startswith("---\n"), "README.md has no front matter")
    check((root / "report.html").read_text("utf-8").startswith("<!doctype html>"), "report.html is not a page")


def check_optional(root, samples):
    """Loaders that are often not installed; each is named in the answer when it was used."""
    used = []
    if importlib.util.find_spec("safetensors"):
        from safetensors.numpy import load_file
        if (root / "tensors").exists():
            load_file(root / "tensors" / "images.safetensors")
            used.append("safetensors")
    if importlib.util.find_spec("datasets"):
        from datasets import load_dataset
        check(len(load_dataset("imagefolder", data_dir=str(root), split="train")) == len(samples), "imagefolder finds another number of images")
        used.append("datasets")
    if importlib.util.find_spec("mlcroissant"):
        import mlcroissant
        records = mlcroissant.Dataset(str(root / "croissant.json")).records("images")
        check(sum(1 for _ in records) == len(samples), "croissant.json yields another number of images")
        used.append("mlcroissant")
    if importlib.util.find_spec("yaml"):
        import yaml
        yaml.safe_load((root / "README.md").read_text("utf-8").split("---\n")[1])
        used.append("yaml")
    return used


def main(argv):
    if len(argv) != 2:
        print("usage: check-export.py ZIP_OR_FOLDER", file=sys.stderr)
        return 2
    path = Path(argv[1])
    answer = {"path": path.name, "ok": False}
    with tempfile.TemporaryDirectory() as scratch:
        try:
            root = unpack(path, Path(scratch))
            answer["files"] = check_sums(root)
            classes, samples = check_classes(root)
            rows = check_metadata(root, classes, samples)
            answer.update(classes=len(classes), images=len(samples), metadata=rows is not None)
            answer["tensors"] = check_tensors(root, samples, rows, classes)
            check_documents(root, samples)
            answer["loaders"] = ["PIL", "numpy", "torchvision", *check_optional(root, samples)]
            answer["ok"] = True
        except (Mismatch, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            answer["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer))
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
