"""Sound and film are coded anew: what is heard and seen stays, what was stored beside it goes."""

import json
import subprocess
from typing import Any

import pytest

from redaction.errors import UnreadableFileError
from redaction.render import render
from tests.corpus.entry import seed

FILMS = {
    "h264.mp4": "video/mp4",
    "hevc.mp4": "video/mp4",
    "av1.mp4": "video/mp4",
    "fragmented.mp4": "video/mp4",
    "mjpeg.mov": "video/quicktime",
    "phone.3gp": "video/3gpp",
    "h264.mkv": "video/x-matroska",
    "vp8.webm": "video/webm",
    "vp9.webm": "video/webm",
}
SOUNDS = {
    "aac.m4a": "audio/mp4",
    "alac.m4a": "audio/mp4",
    "cbr.mp3": "audio/mpeg",
    "vbr.mp3": "audio/mpeg",
    "vorbis.ogg": "audio/ogg",
    "opus.opus": "audio/ogg",
    "sound.flac": "audio/flac",
}


def probe(data: bytes) -> dict[str, Any]:
    """Return what ffprobe reads in *data*: streams and format."""
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format"]
    told = subprocess.run(
        [*command, "-show_chapters", "-"], input=data, capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


@pytest.mark.parametrize(("name", "media"), FILMS.items())
def test_a_film_becomes_webm(name: str, media: str) -> None:
    rendering = render(seed(name))
    found = probe(rendering.played)

    assert rendering.kind == "video"
    assert rendering.media in (media, "video/x-matroska")
    assert found["format"]["format_name"] == "matroska,webm"
    assert found["streams"][0]["codec_name"] == "vp8"
    assert {stream["codec_name"] for stream in found["streams"]} <= {"vp8", "opus"}


@pytest.mark.parametrize(("name", "media"), SOUNDS.items())
def test_a_sound_becomes_opus(name: str, media: str) -> None:
    rendering = render(seed(name))
    found = probe(rendering.played)

    assert rendering.kind == "sound"
    assert rendering.media == media
    assert found["format"]["format_name"] == "ogg"
    assert [stream["codec_name"] for stream in found["streams"]] == ["opus"]


@pytest.mark.parametrize("name", ["aac.m4a", "vbr.mp3", "sound.flac", "h264.mp4", "h264.mkv"])
def test_it_lasts_as_long_as_it_did(name: str) -> None:
    def seconds(data: bytes) -> float:
        heard = ["-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s8", "-"]
        command = ["ffmpeg", "-v", "error", "-i", "-", *heard]
        played = subprocess.run(command, input=data, capture_output=True, check=True)
        return len(played.stdout) / 8000

    assert seconds(render(seed(name)).played) == pytest.approx(seconds(seed(name)), abs=0.1)


def made(*options: str, kind: str = "mp4") -> bytes:
    """Return a short film of 320 × 200, made by ffmpeg with *options*."""
    source = ["-f", "lavfi", "-i", "testsrc=s=320x200:d=1", "-f", "lavfi", "-i", "sine=d=1"]
    output = ["-movflags", "frag_keyframe+empty_moov"] if kind == "mp4" else []
    command = ["ffmpeg", "-v", "error", *source, *options, *output, "-f", kind, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_tags_chapters_and_names_of_encoders_are_gone() -> None:
    tags = ["-metadata", "title=SECRETWORD", "-metadata:s:a", "handler_name=SECRETWORD"]
    played = render(made(*tags, "-metadata", "location=+31.95+035.93/")).played
    found = probe(played)

    assert b"SECRETWORD" not in played
    assert b"+31.95" not in played
    assert b"Lavc" not in played
    assert b"x264" not in played
    assert found["chapters"] == []
    kept = {tag for stream in found["streams"] for tag in stream.get("tags", {})}
    assert kept <= {"DURATION"}


def test_the_same_film_gives_the_same_bytes() -> None:
    film = made()

    assert render(film).played == render(film).played


def test_films_are_made_small_enough_to_be_shown() -> None:
    wide = made("-t", "0.1", "-vf", "scale=2000:1250")
    tall = made("-t", "0.1", "-vf", "scale=1250:2000")

    sizes = [
        (stream["width"], stream["height"])
        for film in (wide, tall)
        for stream in probe(render(film).played)["streams"][:1]
    ]

    assert sizes == [(1280, 800), (800, 1280)]


def test_a_film_held_upright_is_shown_upright() -> None:
    flat = seed("h264.mp4")
    before = probe(flat)["streams"][0]
    turned = subprocess.run(
        ["ffmpeg", "-v", "error", "-display_rotation", "90", "-i", "-", "-c", "copy",
         "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-"],
        input=made(), capture_output=True, check=False,
    )  # fmt: skip
    if turned.returncode:  # ffmpeg before 6 has no such option; it writes the tag instead
        turned = subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "mp4", "-i", "-", "-c", "copy", "-metadata:s:v",
             "rotate=90", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-"],
            input=made(), capture_output=True, check=True,
        )  # fmt: skip
    after = probe(render(turned.stdout).played)["streams"][0]

    assert before["width"] > before["height"]
    assert (after["width"], after["height"]) == (200, 320)


def test_subtitles_and_covers_are_not_played() -> None:
    cover = render(seed("still.gif")).pages[0].data
    tagged = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=1", "-f", "image2pipe", "-i", "-",
         "-map", "0", "-map", "1", "-c:v", "copy", "-f", "mp3", "-"],
        input=cover, capture_output=True, check=True,
    )  # fmt: skip

    streams = probe(render(tagged.stdout).played)["streams"]

    assert [stream["codec_type"] for stream in streams] == ["audio"]


@pytest.mark.parametrize(
    "list_of_files",
    [b"#EXTM3U\n#EXT-X-TARGETDURATION:1\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile a\n"],
    ids=["hls", "concat"],
)
def test_a_list_of_other_files_is_only_read_as_text(list_of_files: bytes) -> None:
    rendering = render(list_of_files, "film.mp4")

    assert rendering.kind == "text"
    assert rendering.text == list_of_files.decode()


def test_a_damaged_film_is_refused() -> None:
    with pytest.raises(UnreadableFileError):
        render(seed("h264.mp4")[:60])


def test_tags_of_mp3_before_flac_do_not_matter() -> None:
    tagged = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + seed("sound.flac")

    assert render(tagged).kind == "sound"
