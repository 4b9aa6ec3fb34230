"""A disk whose syncs and writes fail on demand, for a program that is started with `env`. See faulty_disk.c."""
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).with_name("faulty_disk.c")


class FaultyDisk:
    def __init__(self, folder: pathlib.Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.control, self.counted = folder / "fault", folder / "fault.hits"
        library = folder / "faulty_disk.so"
        subprocess.run(["cc", "-std=gnu11", "-Wall", "-Werror", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"],
                       check=True)
        # Sanitizers want to be the first library of a program; here this one is.
        sanitizers = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.env = {"LD_PRELOAD": str(library), "FAULTY_DISK": str(self.control), "ASAN_OPTIONS": sanitizers.lstrip(":")}

    def fail(self, what: str, percent: int, name: str):
        """So many percent of what is `fsync` or `write` of files whose name ends in `name`."""
        fresh = self.control.with_suffix(".new")
        fresh.write_text(f"{what} {percent} {name}\n")
        fresh.rename(self.control)

    def mend(self):
        self.control.unlink(missing_ok=True)

    def failures(self) -> int:
        return self.counted.stat().st_size if self.counted.exists() else 0
