"""Where what an import writes may go, and that it appears whole or not at all."""

import subprocess
from pathlib import Path

from tests.commands import touchline
from tests.unit.test_import_formats import CONTACT, HEAD, ROW


def run_import(tmp_path: Path, *more: object) -> subprocess.CompletedProcess[str]:
    return touchline("import", "--map", tmp_path / "map.toml", *more, tmp_path / "in.csv")


def test_no_output_may_be_an_input_or_another_output(tmp_path: Path) -> None:
    """By file, not by name: links and other spellings too. Exit 2, and nothing is touched."""
    before = {"map.toml": CONTACT, "in.csv": f"{HEAD}\n{ROW}\n2,soon,F,W\n"}
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "link.csv").symlink_to(tmp_path / "in.csv")
    (tmp_path / "hard.csv").hardlink_to(tmp_path / "in.csv")
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "new.jsonl")
    for options in (
        ("--out", tmp_path / "in.csv"),
        ("--out", tmp_path / "link.csv"),
        ("--out", tmp_path / "hard.csv"),
        ("--out", tmp_path / "folder" / "in.csv"),
        ("--out", tmp_path / "map.toml"),
        ("--rejects", tmp_path / "in.csv"),
        ("--rejects", tmp_path / "map.toml"),
        ("--out", tmp_path / "new.jsonl", "--rejects", tmp_path / "." / "new.jsonl"),
        ("--out", tmp_path / "new.jsonl", "--rejects", tmp_path / "dangling"),
        ("--out", tmp_path / "in.rejects.csv"),
    ):
        done = run_import(tmp_path, *options)
        assert done.returncode == 2, (options, done.stderr)
        assert "is the file of" in done.stderr
        assert {name: (tmp_path / name).read_text() for name in before} == before
        assert not (tmp_path / "new.jsonl").exists()


def test_an_output_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """What was there before stays when an import fails half-way; a device is written to as it is."""
    (tmp_path / "map.toml").write_text(CONTACT)
    (tmp_path / "in.csv").write_text(f"{HEAD}\n{ROW}\n2,soon,F,W\n")
    out = tmp_path / "out.jsonl"
    out.write_text("before")
    done = run_import(tmp_path, "--out", out, "--rejects", tmp_path / "no" / "such" / "folder.csv")
    assert done.returncode == 3
    nowhere = tmp_path / "no" / "such" / "folder.csv"
    assert done.stderr.splitlines()[-1] == f"touchline: {nowhere}: No such file or directory"
    assert out.read_text() == "before"
    assert run_import(tmp_path, "--out", out).returncode == 1
    assert len(out.read_text().splitlines()) == 1
    assert not list(tmp_path.glob(".*part"))
    assert run_import(tmp_path, "--out", "/dev/stdout").stdout == out.read_text()


def test_lines_of_events_may_begin_with_a_byte_order_mark_or_be_utf_16(tmp_path: Path) -> None:
    """As other people's programs write them."""
    (tmp_path / "map.toml").write_text(CONTACT)
    (tmp_path / "in.csv").write_text(f"{HEAD}\n{ROW}\n2,06/01/2026,F,W\n")
    out = tmp_path / "out.jsonl"
    run_import(tmp_path, "--out", out)
    text = out.read_text()
    wanted = touchline("replay", out).stdout
    for encoding in ("utf-8-sig", "utf-16"):
        out.write_text(text, encoding)
        done = touchline("replay", out)
        assert (done.returncode, done.stdout, done.stderr) == (0, wanted, "")
    out.write_bytes(text.encode("utf-16") + b"\x00")
    done = touchline("replay", out)
    assert done.returncode == 1
    assert f"{out}:3: " in done.stderr
