"""The design system as it is copied: nothing of GOV.UK's own, and no address that would be missing."""

from pathlib import Path

import pytest

from deploy.design_system import SCRIPT, STYLE, VENDOR, copy, style_for_all, without_map
from streams.board.rendering import HERE

FOLDERS = list(VENDOR.glob("govuk-frontend-*"))


def test_the_copied_files_are_what_the_copying_makes() -> None:
    """Nobody edited them: made again of themselves they are the same, and each names its licence."""
    [folder] = FOLDERS
    style, script = ((folder / name).read_text("utf-8") for name in (STYLE, SCRIPT))
    assert style_for_all(style) == style
    assert without_map(script) == script
    assert "MIT" in (folder / "LICENCE.txt").read_text("utf-8")
    version = folder.name.removeprefix("govuk-frontend-")
    assert version in (folder / "README.md").read_text("utf-8")
    assert f'--govuk-frontend-version:"{version}"' in style
    used = (HERE / "templates" / "base.html").read_text("utf-8") + (HERE / "static" / "components.js").read_text(
        "utf-8"
    )
    assert used.count(folder.name) == 2


def test_no_style_sheet_asks_for_another_file_or_the_fonts_of_gov_uk() -> None:
    """GDS Transport and the crest belong to services on GOV.UK."""
    for path in (HERE / "static").rglob("*.css"):
        text = path.read_text("utf-8")
        for banned in ("url(", "@font-face", "@import", "GDS Transport", "sourceMappingURL"):
            assert banned not in text, (path, banned)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a{color:red}@font-face{src:url(/f.woff)}b{top:0}", "a{color:red}b{top:0}"),
        ("@media print{a:before{background:url(/crest.svg)}b{top:0}}", "@media print{b{top:0}}"),
        (
            "a{font:1em GDS Transport,arial,sans-serif}\n/*# sourceMappingURL=a.map */",
            "a{font:1em system-ui,sans-serif}\n",
        ),
    ],
)
def test_what_is_taken_out(before: str, after: str) -> None:
    """Each rule that loads a file goes whole; its neighbours stay."""
    assert style_for_all(before) == after


def test_a_package_is_copied_into_a_folder_of_its_version(tmp_path: Path) -> None:
    """With the style sheet and the script, and nothing else."""
    built = tmp_path / "package" / "dist" / "govuk"
    built.mkdir(parents=True)
    (tmp_path / "package" / "package.json").write_text('{"version": "7.0.0"}')
    (built / STYLE).write_text("a{top:0}")
    (built / SCRIPT).write_text("let a;//# sourceMappingURL=a.map")
    folder = copy(tmp_path / "package", tmp_path / "vendor")
    assert folder.name == "govuk-frontend-7.0.0"
    assert {path.name: path.read_text() for path in folder.iterdir()} == {STYLE: "a{top:0}", SCRIPT: "let a;\n"}
