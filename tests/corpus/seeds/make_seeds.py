"""Make the seeds anew: `python -m tests.corpus.seeds.make_seeds`.

Seeds are small files as real programs write them, before anything is planted. They are
committed, so that the corpus is the same on every machine and needs none of the programs:
ffmpeg, heif-enc (libheif), LibreOffice, Ghostscript, pdftocairo and Chromium.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pikepdf
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
SIZE = (160, 112)
TONE = "sine=frequency=440:sample_rate=24000:duration=0.6"
MOVIE = "testsrc2=size=64x48:rate=10:duration=1"
QUIET = ("-hide_banner", "-loglevel", "error", "-y", "-fflags", "+bitexact")
EXACT = ("-flags:v", "+bitexact", "-flags:a", "+bitexact", "-threads", "1")
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "5")
AAC = ("-c:a", "aac", "-b:a", "32k")

SOUNDS: dict[str, tuple[str, ...]] = {
    "cbr.mp3": ("-c:a", "libmp3lame", "-b:a", "32k", "-id3v2_version", "0"),
    "vbr.mp3": ("-c:a", "libmp3lame", "-q:a", "6", "-id3v2_version", "0"),
    "aac.m4a": AAC,
    "alac.m4a": ("-c:a", "alac"),
    "vorbis.ogg": ("-c:a", "libvorbis", "-q:a", "1", "-serial_offset", "7"),
    "opus.opus": ("-c:a", "libopus", "-b:a", "16k"),
    "flac.oga": ("-c:a", "flac"),
    "sound.flac": ("-c:a", "flac"),
}
MOVIES: dict[str, tuple[str, ...]] = {
    "h264.mp4": (*H264, *AAC),
    "faststart.mp4": (*H264, *AAC, "-movflags", "+faststart"),
    "fragmented.mp4": (*H264, *AAC, "-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
    "hevc.mp4": ("-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1", *AAC),
    "av1.mp4": ("-c:v", "libaom-av1", "-cpu-used", "8", "-b:v", "60k", *AAC),
    "pcm.mov": (*H264, "-c:a", "pcm_s16le", "-ar", "8000"),
    "mjpeg.mov": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", *AAC),
    "phone.3gp": ("-c:v", "mpeg4", "-b:v", "60k", *AAC),
    "h264.mkv": (*H264, "-c:a", "libopus", "-b:a", "16k"),
    "vp8.webm": ("-c:v", "libvpx", "-b:v", "60k", "-c:a", "libvorbis"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-b:v", "60k", "-c:a", "libopus", "-b:a", "16k"),
    "flac.mkv": ("-c:v", "ffv1", "-c:a", "flac"),
}


def picture(size: tuple[int, int] = SIZE, shift: int = 0) -> Image.Image:
    """Gradients and a few shapes, so that codecs have something to lose."""
    red = Image.linear_gradient("L").resize(size)
    green = red.transpose(Image.Transpose.ROTATE_180)
    image = Image.merge("RGB", (red, green, Image.radial_gradient("L").resize(size)))
    pen = ImageDraw.Draw(image)
    pen.ellipse((20 + shift, 20, 60 + shift, 60), fill=(200, 30, 60))
    pen.rectangle((90, 50 + shift, 150, 80 + shift), outline=(255, 255, 255), width=3)
    return image


def _translucent(shift: int = 0) -> Image.Image:
    image = picture(shift=shift)
    image.putalpha(Image.linear_gradient("L").resize(SIZE).point(lambda v: 255 if v > 90 else v))
    return image


def pictures() -> None:
    image = picture()
    image.save(HERE / "photo.jpg", quality=85)
    image.save(HERE / "progressive.jpg", quality=80, progressive=True)
    image.save(HERE / "restart.jpg", quality=80, restart_marker_blocks=4, subsampling=0)
    image.convert("L").save(HERE / "gray.jpg", quality=80)
    image.convert("CMYK").save(HERE / "cmyk.jpg", quality=80)
    picture((48, 32)).save(HERE / "thumb.jpg", quality=60)
    image.save(HERE / "lossy.webp", quality=70)
    image.resize((64, 48)).save(HERE / "lossless.webp", lossless=True)
    _translucent().save(HERE / "alpha.webp", quality=70)
    frames = [picture(shift=step * 4).resize((80, 56)) for step in range(4)]
    frames[0].save(HERE / "anim.webp", save_all=True, append_images=frames[1:], duration=90)
    frames[0].save(HERE / "still.gif")
    frames[0].save(HERE / "anim.gif", save_all=True, append_images=frames[1:], duration=90, loop=0)
    image.resize((64, 48)).save(HERE / "photo.jp2", quality_layers=[30])
    image.save(HERE / "photo.avif", quality=50)
    frames[0].save(
        HERE / "anim.avif", save_all=True, append_images=frames[1:], duration=90, quality=50
    )
    image.save(HERE / "lzw.tif", compression="tiff_lzw")
    image.save(HERE / "jpeg.tif", compression="jpeg", quality=80)
    image.convert("1").save(HERE / "fax.tif", compression="group4")


def heif(folder: Path) -> None:
    plain, clear = folder / "plain.png", folder / "clear.png"
    picture().save(plain)
    _translucent().save(clear)
    wanted: list[tuple[str, Path, list[str]]] = [
        ("photo.heic", plain, []),
        ("thumb.heic", plain, ["-t", "48"]),
        ("alpha.heic", clear, []),
        ("libheif.avif", plain, ["-A"]),
    ]
    for name, source, options in wanted:
        _run("heif-enc", "-q", "50", *options, "-o", HERE / name, source)


def sounds_and_movies() -> None:
    for name, options in SOUNDS.items():
        _run("ffmpeg", *QUIET, "-f", "lavfi", "-i", TONE, *options, *EXACT, HERE / name)
    for name, options in MOVIES.items():
        inputs = ("-f", "lavfi", "-i", MOVIE, "-f", "lavfi", "-i", TONE)
        _run("ffmpeg", *QUIET, *inputs, *options, *EXACT, HERE / name)


def documents(folder: Path) -> None:
    """What LibreOffice, Chromium, Ghostscript and cairo write."""
    for name, kinds in (("writer.html", ("odt", "docx")), ("calc.csv", ("ods", "xlsx"))):
        for kind in kinds:
            _office(kind, HERE / "sources" / name, HERE)
    for kind in ("odp", "pptx"):
        _office(kind, HERE / "sources" / "impress.fodp", HERE)
    _office("pdf", HERE / "writer.odt", folder)
    (folder / "writer.pdf").replace(HERE / "libreoffice.pdf")
    switches = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    _run(
        "chromium",
        *switches,
        f"--print-to-pdf={HERE / 'chromium.pdf'}",
        (HERE / "sources" / "writer.html").as_uri(),
    )
    quietly = ("-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-dPDFSETTINGS=/ebook")
    _run("gs", *quietly, "-o", HERE / "ghostscript.pdf", HERE / "libreoffice.pdf")
    _run("pdftocairo", "-pdf", HERE / "libreoffice.pdf", HERE / "cairo.pdf")


def locked() -> None:
    """A PDF that opens with a password only; its salt differs every time."""
    encryption = pikepdf.Encryption(user="secret", owner="secret", R=6)
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(HERE / "locked.pdf", encryption=encryption)


def _office(kind: str, source: Path, folder: Path) -> None:
    wanted = f"{kind}:writer8" if (kind, source.suffix) == ("odt", ".html") else kind
    if (kind, source.suffix) == ("docx", ".html"):
        wanted = "docx:MS Word 2007 XML"
    reader = ("--infilter=HTML (StarWriter)",) if source.suffix == ".html" else ()
    _run("soffice", "--headless", *reader, "--convert-to", wanted, "--outdir", folder, source)


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        pictures()
        heif(Path(scratch))
        sounds_and_movies()
        documents(Path(scratch))
        locked()
