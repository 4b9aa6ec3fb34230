#!/usr/bin/env python3
"""Steps are read and taken as they are written, or refused by name; and those of the page fit this tree. In a second, so that
a change which moves an anchor is told before anything is built."""
import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.dont_write_bytecode = True

from tests.recipe import page  # noqa: E402

BLOCK = "\n\n```cpp\nnew\n```\n"


class Reading(unittest.TestCase):
    def test_each_form(self):
        text = "Words.\n\nIn `src/a.h`, after `x`:" + BLOCK + "\nIn `src/a.h`, instead of `x y`:" + BLOCK + \
            "\nIn `src/a.h`, before `x`:" + BLOCK + "\nNew file `src/b.h`:" + BLOCK
        self.assertEqual([(s.line, s.file, s.how, s.anchor, s.text) for s in page.steps(text)],
                         [(3, "src/a.h", "after", "x", "new\n"), (9, "src/a.h", "instead of", "x y", "new\n"),
                          (15, "src/a.h", "before", "x", "new\n"), (21, "src/b.h", "new", "", "new\n")])

    def test_nothing_is_left_out(self):
        for text in ("In `src/a.h`, behind `x`:" + BLOCK, "In `src/a.h`, after `x`:\n\nWords.\n", "Words." + BLOCK,
                     "In `src/a.h`, after `x`:\n\nWords." + BLOCK):
            with self.assertRaises(page.Wrong, msg=text):
                page.steps(text)

    def test_prose_is_no_step(self):
        self.assertEqual(page.steps("In the end, `./dev test`.\n"), [])


class Taking(unittest.TestCase):
    TEXT = "one\ntwo two\nthree\n"

    def changed(self, how, anchor, text="new\n"):
        return page.changed(self.TEXT, page.Step(7, "src/a.h", how, anchor, text))

    def test_after_and_before_mean_the_line(self):
        self.assertEqual(self.changed("after", "on"), "one\nnew\ntwo two\nthree\n")
        self.assertEqual(self.changed("before", "ree"), "one\ntwo two\nnew\nthree\n")

    def test_instead_of_means_the_text(self):
        self.assertEqual(self.changed("instead of", "hre"), "one\ntwo two\ntnewe\n")
        self.assertEqual(self.changed("instead of", "three", "a\nb\n"), "one\ntwo two\na\nb\n")

    def test_an_anchor_that_is_not_there_once_is_named(self):
        for anchor, count in (("four", 0), ("two", 2)):
            with self.assertRaises(page.Wrong) as wrong:
                self.changed("after", anchor)
            self.assertEqual(str(wrong.exception), f"docs/adding-a-command.md:7: after `{anchor}` in src/a.h: "
                                                   f"the text is there {count} times, not once")


class ThisTree(unittest.TestCase):
    def test_the_page_fits(self):
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder)
            shutil.copytree(ROOT / "src" / "modules", tree / "src" / "modules")
            found = page.steps((ROOT / page.PAGE).read_text())
            for step in found:
                page.take(tree, step)
            self.assertGreater(len(found), 10)


if __name__ == "__main__":
    unittest.main()
