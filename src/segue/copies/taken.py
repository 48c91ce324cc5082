"""The former name of `segue.copies.sketch.SketchSet`, until its last users have moved."""

from segue.copies.sketch import SketchSet as Taken

__all__ = ["Taken"]
