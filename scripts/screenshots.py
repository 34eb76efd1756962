#!/usr/bin/env python3
"""Pictures of reports for docs/figures, taken by Chromium: 390 and 1280 px wide, light and dark, and printed.

    scripts/screenshots.py NAME=REPORT.html ... [--out docs/figures] [--height 1500]

Writes report_NAME.png, report_NAME_390.png, report_NAME_dark.png and report_NAME_print.png (the first printed page; needs pymupdf).
Needs Chromium, or Chrome (SEMOLA_CHROMIUM names another), and pillow.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from PIL import Image

NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"]


def browser():
    found = os.environ.get("SEMOLA_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    return found or sys.exit("no Chromium: install it from the package manager, or set SEMOLA_CHROMIUM")


def run(*args):
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    done = subprocess.run([browser(), "--headless", "--disable-gpu", "--hide-scrollbars", *sandbox, *args], capture_output=True, text=True, timeout=120)
    if done.returncode:
        sys.exit(done.stderr)


def reduce(file):
    """64 colours are enough for a page, at a third of the size."""
    Image.open(file).convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(file, optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="+", metavar="NAME=REPORT.html")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("docs/figures"))
    parser.add_argument("--height", type=int, default=1500)
    args = parser.parse_args()
    for report in args.reports:
        name, path = report.split("=", 1)
        page = pathlib.Path(path).resolve().as_uri()
        looks = [("", 1280, []), ("_390", 390, []), ("_dark", 1280, ["--blink-settings=preferredColorScheme=0"])]
        for suffix, width, more in looks:
            file = args.out / f"report_{name}{suffix}.png"
            run(f"--window-size={width},{args.height}", f"--screenshot={file.resolve()}", *more, page)
            reduce(file)
        with tempfile.TemporaryDirectory() as folder:
            pdf = pathlib.Path(folder, "page.pdf")
            run(f"--print-to-pdf={pdf}", "--no-pdf-header-footer", page)
            try:
                import pymupdf
            except ImportError:
                print("pymupdf is not installed: no picture of the print", file=sys.stderr)
                continue
            file = args.out / f"report_{name}_print.png"
            pymupdf.open(pdf)[0].get_pixmap(dpi=80).save(file)
            reduce(file)


if __name__ == "__main__":
    main()
