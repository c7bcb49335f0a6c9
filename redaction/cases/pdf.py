"""PDFs with planted secrets, whole and broken. Every secret carries the word MARK.

Streams stay under a kilobyte: longer ones are packed, by another packer in each language.
"""

from base64 import a85encode
from collections.abc import Iterator
from functools import cache
from typing import Final
from zlib import compress

from redaction.cases import profiles
from redaction.cases.pdf_parts import (
    CATALOG,
    HELVETICA,
    TEXT,
    TREE,
    XMP,
    cff,
    codestream,
    edited,
    jbig2,
    jp2,
    lzw,
    packed,
    page,
    pdf,
    revision,
    stream,
    truetype,
    type1,
    with_catalog,
    written,
)
from redaction.cases.pictures import BASELINE, SEEDS

DAMAGED: Final = ()
"""None: qpdf finds its way through damage that the browser's reader does not see as such, and
the other way round. What both make of damaged files is tested apart."""

CLEAN: Final = written(
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 200 200 ] /Resources "
    b"<< /Font << /R1 4 0 R >> >> /Contents 5 0 R >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    b"<< /Length 42 >>\nstream\nBT\n/R1 14 Tf\n20 160 Td\n<5365656e> Tj\nET\n\nendstream",
)
FORM: Final = b"/Type/XObject/Subtype/Form/BBox[0 0 50 50]"
SIGNED: Final = b"/T(MARK)/M(D:20240102MARK)/NM(MARK)/Contents(MARK)"
BOX: Final = b"0 0 50 50 re f"


def outside() -> Iterator[tuple[str, bytes]]:
    """Yield what stands around the pages of a file."""
    info = b"/Info 6 0 R/ID[<4d41524b><4d41524b>]"
    told = (
        b"<</Title(MARK)/Author(MARK)/Creator(MARK)/Producer(MARK)/CreationDate(MARK)"
        b"/Company(MARK)>>"
    )
    yield "a page without secrets stays as it is", CLEAN
    yield "properties and identifiers", with_catalog(b"", told, trailer=info)
    yield "properties as XML", with_catalog(b"/Metadata 6 0 R", stream(XMP, b"/Type/Metadata"))
    yield (
        "objects in an object stream",
        packed((CATALOG, TREE, _one_page(), stream(TEXT), HELVETICA, told), info),
    )
    first = page(b"BT /F1 9 Tf (MARK) Tj ET")
    yield "an older page under the present one", revision(first, {4: stream(TEXT)})
    yield "objects that nothing names", page(TEXT, b"<</Author(MARK)>>", stream(b"MARK"))
    yield "a mail's head before the file", b"From: MARK\r\n\r\n" + with_catalog(b"")
    yield "a picture behind the file", with_catalog(b"") + BASELINE + b"MARK"
    yield (
        "comments, and objects between objects",
        edited(
            edited(page(TEXT), b"endobj\n3 0", b"endobj % MARK\n9 0 obj (MARK) endobj\n3 0"),
            b"<</Type/Page/",
            b"<</Type/Page % MARK\n/",
        ),
    )
    yield (
        "a table of contents that is wrong",
        page(TEXT).replace(b"<</Type/Page/", b"%MARK\n<</Type/Page/"),
    )
    yield "free words in the trailer", with_catalog(b"", trailer=b"/DocChecksum/MARK/MARK(MARK)")


def contents() -> Iterator[tuple[str, bytes]]:
    """Yield what stands in content streams."""
    yield (
        "comments, unknown operators and surplus operands",
        page(b"% MARK\n/MARK (MARK) mark (MARK) 1 0 0 rg " + TEXT + b" (MARK) 0 0 m (MARK"),
    )
    yield (
        "marks for reflow and reading aloud",
        page(
            b"/MARK<</MCID 0/Alt(MARK)/E(MARK)/MARK(MARK)>>BDC " + TEXT + b" EMC /MARK MP"
            b"/MARK<</MARK[(MARK)<<>>]>>DP /Span<</ActualText(\\123ee\\n)/Lang(MARK)>>BDC EMC EMC"
        ),
    )
    yield (
        "strings of every spelling",
        page(
            b"BT/F1 9 Tf(a\\(b\\)\\\\\\101\\7z\\\nc\rd(e)f)Tj<4 1 4>Tj[(g)-1.50<68>+2(i\\))]TJ"
            b"(j(k(l)))' 1 2(m)\"[(n(o))3/p]TJ ET"
        ),
    )
    yield "states that are left open", page(b"q 1 0 0 1 5 5 cm q Q Q Q /a BMC /OC/b BDC q " + TEXT)
    unused = b"/XObject<</MARK 6 0 R>>/MARK(MARK)/ProcSet[/PDF]"
    yield (
        "resources that nothing draws",
        page(TEXT, stream(b"(MARK)", FORM + b"/PieceInfo<</MARK 1>>"), resources=unused),
    )
    yield (
        "resources with people's names",
        page(
            b"/MARK#20s gs /MARK Do " + TEXT,
            stream(b"/MARK Do", FORM + b"/Name/MARK/MARK(MARK)"),
            b"<</Type/ExtGState/LW 2/MARK(MARK)/HT/Default>>",
            resources=b"/XObject<</MARK 6 0 R>>/ExtGState<</MARK#20s 7 0 R>>",
        ),
    )
    yield (
        "a form that draws itself",
        page(
            b"/X Do " + TEXT,
            stream(b"/X Do", FORM + b"/Resources<</XObject<</X 6 0 R>>>>"),
            resources=b"/XObject<</X 6 0 R>>",
        ),
    )
    yield "a font that is not there", page(b"BT /F9 9 Tf (Seen) Tj ET")
    yield "text that cannot be seen", page(b"BT /F1 9 Tf 3 Tr (under the scan) Tj ET")
    yield (
        "a picture inside the stream",
        page(
            b"q 9 0 0 9 0 0 cm BI /W 2 /H 2 /CS/G /BPC 8 /MARK(MARK) ID abcdMARK\nEI Q "
            b"BI/W 4/H 1/IM true/D[1 0]/F[/AHx]ID f0>EI "
            b"BI /W 4/H 1/IM true/D[1 0]/F/AHx ID F0 > EI "
            b"BI/W 1/H 1/CS/RGB/BPC 8/F/A85 ID " + a85encode(b"rgb") + b"~>\nEI "
            b"BI/W 1/H 1/CS/RGB/BPC 8/F/Fl ID " + compress(b"rgb") + b" EI " + TEXT
        ),
    )
    for name, entries, data in (
        ("deflated", b"/Filter/FlateDecode", compress(TEXT) + b"MARK"),
        ("deflated without checksum", b"/Filter[/FlateDecode]", compress(TEXT)[:-4]),
        ("in hexadecimal digits", b"/Filter/ASCIIHexDecode", TEXT.hex().encode() + b" > MARK"),
        ("in base 85", b"/Filter/ASCII85Decode", a85encode(TEXT + bytes(5)) + b"~>MARK"),
        ("in runs", b"/Filter/RunLengthDecode", b"%c%s\x80MARK" % (len(TEXT) - 1, TEXT)),
        ("in LZW", b"/Filter/LZWDecode", lzw(TEXT) + b"MARK"),
        (
            "deflated and in base 85",
            b"/Filter[/A85/FlateDecode]/DecodeParms[null<<>>]",
            a85encode(compress(TEXT)),
        ),
        (
            "predicted",
            b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns %d>>" % len(TEXT),
            compress(b"\2" + TEXT),
        ),
    ):
        yield f"content {name}", edited(page(b""), stream(b""), stream(data, entries))


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield trees of pages and what a page says of itself."""
    body = (stream(b"BT /F1 9 Tf (A)"), HELVETICA, stream(b"Tj ET"))
    yield (
        "pages in a tree that inherit",
        pdf(
            (
                CATALOG,
                b"<</Type/Pages/Kids[3 0 R 7 0 R]/Count 3/MediaBox[0 0 200 100]/Rotate 90"
                b"/Resources<</Font<</F1 5 0 R>>>>/MARK(MARK)>>",
                b"<</Type/Page/Parent 2 0 R/Contents[4 0 R 6 0 R]>>",
                *body,
                b"<</Type/Pages/Kids[8 0 R 9 0 R]/Count 2/Parent 2 0 R/Rotate 0>>",
                b"<</Parent 7 0 R/Contents 4 0 R/CropBox[0 0 200 99.50]/UserUnit 1.5>>",
                b"<</Parent 7 0 R/Contents[4 0 R 6 0 R]/Rotate 180>>",
            )
        ),
    )
    yield (
        "what a page says of itself",
        page(
            TEXT,
            stream(BASELINE[:99]),
            entries=b"/LastModified(MARK)/PieceInfo<</MARK 1>>/Thumb 6 0 R/AA<</O<</S/JavaScript"
            b"/JS(MARK)>>>>/VP[<</Measure<</GCS(MARK)>>>>]/Trans<</S/MARK>>/StructParents 0"
            b"/Metadata 6 0 R/B[6 0 R]/Tabs/S/MARK(MARK)/AF[6 0 R]/TrimBox[0 0 1 1]"
            b"/Group<</S/Transparency/CS/DeviceRGB/I true/MARK(MARK)>>",
        ),
    )
    yield "a page of which half is seen", page(TEXT, entries=b"/CropBox[0 100 200 200]")
    yield "a page without size", edited(page(TEXT), b"/MediaBox[0 0 200 200]", b"")
    yield "a page without content", edited(page(TEXT), b"/Contents 4 0 R", b"")
    yield (
        "one of several contents that is missing",
        edited(page(TEXT), b"/Contents 4 0 R", b"/Contents[9 0 R 4 0 R null]"),
    )
    yield "content that is missing", edited(page(TEXT), b"/Contents 4 0 R", b"/Contents 9 0 R")


def _one_page() -> bytes:
    return (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>"
    )


def annotations() -> Iterator[tuple[str, bytes]]:
    """Yield what lies on pages."""
    look = stream(BOX, FORM + b"/LastModified(MARK)")

    def noted(annotation: bytes, *objects: bytes) -> bytes:
        return page(TEXT, annotation, *objects, entries=b"/Annots[6 0 R]")

    rect = b"/Rect[10 10 60 110]"
    yield "a note", noted(b"<</Subtype/Text%s%s>>" % (rect, SIGNED))
    yield "a note's window", noted(b"<</Subtype/Popup%s/MARK(MARK)>>" % rect)
    yield "a stamp", noted(b"<</Subtype/Stamp%s%s/AP<</N 7 0 R>>>>" % (rect, SIGNED), look)
    turned = look.replace(b"/LastModified(MARK)", b"/Matrix[0 1 -1 0 0 0]")
    yield (
        "typed text, turned",
        noted(b"<</Subtype/FreeText%s/DA(MARK)/AP<</N 7 0 R>>>>" % rect, turned),
    )
    yield (
        "a stamp that is hidden",
        noted(b"<</Subtype/Stamp/F 2%s/AP<</N 7 0 R>>>>" % rect, stream(b"(MARK)", FORM)),
    )
    yield (
        "a stamp without size",
        noted(b"<</Subtype/Stamp%s/AP<</N 7 0 R>>>>" % rect, stream(b"(MARK)", b"/Subtype/Form")),
    )
    yield (
        "an attached file",
        noted(
            b"<</Subtype/FileAttachment%s/FS<</F(MARK.doc)/EF<</F 7 0 R>>>>%s>>" % (rect, SIGNED),
            stream(b"MARK"),
        ),
    )
    for name, action in (
        ("to the web", b"/S/URI/URI(https://example.org/a?id=7&utm_source=MARK#MARK=MARK)"),
        ("to a letter", b"/S/URI/URI(mailto:office@example.org?subject=MARK)"),
        ("to a machine", b"/S/URI/URI(http://user:MARK@printer.local/MARK)"),
        ("to a program", b"/S/Launch/F(C:\\\\MARK.exe)/Next<</S/JavaScript/JS(MARK)>>"),
        ("to another file", b"/S/GoToR/F(MARK.pdf)/D[0/Fit]"),
        ("to a form's address", b"/S/SubmitForm/F(http://example.org/MARK)"),
        ("to the next page", b"/S/Named/N/NextPage"),
        ("to this page", b"/S/GoTo/D[3 0 R/XYZ 0 200.50 null]"),
    ):
        link = b"<</Subtype/Link%s/Border[0 0 0[1]]/H/I/A<<%s>>/MARK(MARK)>>" % (rect, action)
        yield f"a link {name}", noted(link)
    yield "a link to a name", _named(b"/Dest/MARK", b"/Dests<</MARK[3 0 R/FitH 9]>>")
    yield (
        "a link to a string",
        _named(
            b"/Dest(MARK)",
            b"/Names<</Dests<</Kids[<</Names[(A)[3 0 R/Fit](MARK)<</D[0/FitR 1 2 3 4]>>]>>]>>>>",
        ),
    )
    yield "a link to nowhere", _named(b"/Dest(MARK)", b"")
    field = b"<</Subtype/Widget/FT/Tx/T(MARK)/TU(MARK)/V(MARK)%s/AP<</N 7 0 R>>/AA<<>>>>" % rect
    form = b"/AcroForm<</Fields[6 0 R]/XFA 7 0 R/DA(MARK)>>"
    yield "a filled form", edited(noted(field, look), b"/Pages 2 0 R", b"/Pages 2 0 R" + form)
    yield (
        "a ticked box and an empty field",
        page(
            TEXT,
            b"<</Subtype/Widget/FT/Btn/AS/On%s/AP<</N<</On 8 0 R/Off 9 0 R>>>>>>" % rect,
            b"<</Subtype/Widget/FT/Tx%s/T(MARK)>>" % rect,
            look,
            stream(b"(MARK) Tj", FORM),
            entries=b"/Annots[6 0 R 7 0 R]",
        ),
    )
    yield (
        "a signature",
        noted(
            b"<</Subtype/Widget/FT/Sig/V<</Name(MARK)/Contents<4d41524b>>>%s/AP<</N 7 0 R>>>>"
            % rect,
            look,
        ),
    )


def _named(target: bytes, catalog: bytes) -> bytes:
    file = page(TEXT, entries=b"/Annots[<</Subtype/Link/Rect[0 0 9 9]%s>>]" % target)
    return edited(file, b"/Pages 2 0 R", b"/Pages 2 0 R" + catalog)


def around_pages() -> Iterator[tuple[str, bytes]]:
    """Yield what the catalog names."""
    script = b"<</S/JavaScript/JS(MARK)>>"
    yield (
        "a script at the opening",
        with_catalog(b"/OpenAction" + script + b"/AA<</WC" + script + b">>"),
    )
    yield "scripts by name", with_catalog(b"/Names<</JavaScript<</Names[(MARK)%s]>>>>" % script)
    yield "a view at the opening", with_catalog(b"/OpenAction[3 0 R/Fit]/PageMode/UseOutlines")
    yield (
        "attached files",
        with_catalog(
            b"/Names<</EmbeddedFiles<</Names[(MARK)<</F(MARK)/EF<</F 6 0 R>>>>]>>>>/AF[6 0 R]",
            stream(b"MARK"),
        ),
    )
    yield (
        "tags, permissions, requirements and settings of a program",
        with_catalog(
            b"/StructTreeRoot<</K[]/MARK(MARK)>>/MarkInfo<</Marked true>>/Lang(ar-MARK)"
            b"/Perms<</UR3<</Name(MARK)>>>>/PieceInfo<</MARK 1>>/URI<</Base(MARK)>>/SpiderInfo<<>>"
            b"/OutputIntents[<</Info(MARK)>>]/ViewerPreferences<</MARK true>>/MARK(MARK)"
        ),
    )
    yield (
        "bookmarks",
        with_catalog(
            b"/Outlines 6 0 R",
            b"<</Type/Outlines/First 7 0 R/Last 9 0 R/Count 3/MARK(MARK)>>",
            b"<</Title(One)/Parent 6 0 R/Next 9 0 R/First 8 0 R/Last 8 0 R/Count 1/Dest[0/Fit]>>",
            b"<</Title<feff0628>/Parent 7 0 R/A<</S/URI/URI(https://example.org/?fbclid=MARK)>>"
            b"/First 10 0 R/Last 10 0 R/Count -1>>",
            b"<</Title(Two)/Parent 6 0 R/Prev 7 0 R/A<</S/Launch/F(MARK)>>/C[1 0 0]/F 2"
            b"/Next 7 0 R>>",
            b"<</Title(Deep)/Parent 8 0 R/SE 6 0 R>>",
        ),
    )
    layer = b"<</Type/OCG/Name(MARK)/Usage<</CreatorInfo<</Creator(MARK)>>%s>>/Intent/MARK>>"
    layers = with_catalog(
        b"/OCProperties<</OCGs[6 0 R 7 0 R 8 0 R 10 0 R]/D<</Name(MARK)/Creator(MARK)"
        b"/Order[(MARK)6 0 R]/OFF[7 0 R]/AS[<</Event/View/OCGs[8 0 R]/Category[/View]>>]>>>>",
        layer % b"",
        layer % b"",
        layer % b"/View<</ViewState/OFF>>",
        b"<</Type/OCMD/OCGs[6 0 R 7 0 R]/P/AnyOn/VE[/Or 6 0 R[/Not 7 0 R]]/MARK(MARK)>>",
        layer % b"",
    )
    marks = b"/OC/A BDC EMC/OC/B BDC EMC/OC/C BDC EMC/OC/D BDC EMC " + TEXT
    named = b"/F1 5 0 R>>/Properties<</A 6 0 R/B 7 0 R/C 8 0 R/D 9 0 R>>"
    yield (
        "layers, one of them off",
        edited(edited(layers, b"/F1 5 0 R>>", named), stream(TEXT), stream(marks)),
    )


def pictures() -> Iterator[tuple[str, bytes]]:
    """Yield pictures of every coding."""

    def drawn(entries: bytes, data: bytes, *objects: bytes) -> bytes:
        image = stream(data, b"/Type/XObject/Subtype/Image/Width 8/Height 2/MARK(MARK)" + entries)
        return page(b"/I Do " + TEXT, image, *objects, resources=b"/XObject<</I 6 0 R>>")

    gray = b"/ColorSpace/DeviceGray/BitsPerComponent 8"
    rows = bytes(range(16))
    yield "samples with a tail", drawn(gray, rows + b"MARK")
    yield "deflated samples", drawn(gray + b"/Filter/FlateDecode", compress(rows) + b"MARK")
    yield (
        "deflated samples with a tail",
        drawn(gray + b"/Filter/FlateDecode", compress(rows + b"MARK")),
    )
    yield (
        "predicted samples",
        drawn(
            gray + b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 8/MARK(MARK)>>",
            compress(b"\1" + rows[:8] + b"\2" + rows[8:]),
        ),
    )
    yield "samples in LZW", drawn(gray + b"/Filter[/LZW]", lzw(rows) + b"MARK")
    photograph = SEEDS["photograph"]
    yield (
        "a photograph",
        drawn(
            b"/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
            b"/DecodeParms<</ColorTransform 1>>"
            b"/Metadata 7 0 R/Alternates[<</Image 7 0 R/MARK 1>>]/OPI<</F(MARK)>>",
            photograph,
            stream(XMP),
        ),
    )
    yield (
        "a photograph without end, deflated",
        drawn(
            b"/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter[/FlateDecode/DCTDecode]",
            compress(BASELINE[:-2]),
        ),
    )
    header = (
        b"\0\0\0\x16ihdr\0\0\0\2\0\0\0\x08\0\1\7\7\0\0"
        b"\0\0\0\x0fcolr\1\0\0\0\0\0\x11\0\0\0\x0cres MARK"
    )
    boxes = ((b"uuid", b"MARK" * 5), (b"jp2h", header), (b"xml ", b"MARK"))
    coded = codestream(b"MARK")
    yield "JPEG 2000", drawn(b"/Filter/JPXDecode", jp2(*boxes, (b"jp2c", coded)) + b"MARK")
    yield (
        "JPEG 2000 with a profile",
        drawn(
            b"/Filter/JPXDecode",
            jp2(
                (b"jp2h", header[:22] + b"\0\0\2\0colr\2\0\0" + b"MARK" * 126 + b"M"),
                (b"jp2c", coded),
            ),
        ),
    )
    yield "a bare JPEG 2000 codestream", drawn(b"/Filter/JPXDecode", coded + b"MARK")
    segments = jbig2(48, bytes(19)) + jbig2(62, b"MARK" * 3) + jbig2(38, bytes(26), 300)
    yield (
        "JBIG2",
        drawn(
            b"/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode"
            b"/DecodeParms<</JBIG2Globals 7 0 R>>",
            segments + jbig2(51, b"MARK"),
            stream(jbig2(62, b"MARK") + jbig2(0, bytes(20)), b"/MARK(MARK)"),
        ),
    )
    yield (
        "a fax",
        drawn(
            b"/ImageMask true/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 8/Rows 2/MARK 1>>",
            b"\x26\xa0\x10\x01",
        ),
    )
    yield (
        "masks",
        drawn(
            gray
            + b"/SMask 7 0 R/Mask 8 0 R/Name/MARK/Intent/Perceptual/Interpolate true/Decode[1 0]",
            rows,
            stream(rows, b"/Subtype/Image/Width 8/Height 2/Matte[0]/MARK(MARK)" + gray),
            stream(b"\xf0\x0f", b"/Subtype/Image/Width 8/Height 2/ImageMask true/MARK(MARK)"),
        ),
    )
    yield "colours that are left out", drawn(gray + b"/Mask[1 2]", rows)


def fonts() -> Iterator[tuple[str, bytes]]:
    """Yield fonts of every kind."""

    def written_in(font: bytes, *objects: bytes) -> bytes:
        return edited(page(TEXT, *objects), HELVETICA, font)

    described = (
        b"<</Type/FontDescriptor/FontName/Some#20Font/Flags 4/FontBBox[0 0 9 9]/ItalicAngle 0"
        b"/Ascent 9/Descent -9/CapHeight 9/StemV 9/FontFamily(MARK)/FontStretch/Normal"
        b"/CharSet(/MARK)/Metadata 8 0 R%s>>"
    )
    simple = (
        b"<</Type/Font/Subtype/TrueType/BaseFont/Some#20Font/FirstChar 32/LastChar 33"
        b"/Widths[250 500.25]/FontDescriptor 6 0 R/Name/MARK/MARK(MARK)>>"
    )
    names = (b"name", b"MARK" * 3), (b"FFTM", b"MARK"), (b"glyf", bytes(6)), (b"loca", bytes(4))
    head = b"\0\1\0\0MARKMARK" + bytes(8) + b"MARK" * 4 + bytes(18)
    for name, key, data in (
        ("TrueType", b"FontFile2", truetype((b"head", head), *names)),
        (
            "Type 1",
            b"FontFile",
            type1(
                b"%!PS-AdobeFont-1.0: MARK\n%%Creator: MARK\n/FontInfo 2 dict dup begin\n"
                b"/Notice (MARK (c) MARK) readonly def % MARK\nend\n"
            )
            + b"\ncleartomark\nMARK",
        ),
        ("CFF", b"FontFile3", cff(b"MARK by MARK")),
    ):
        file = stream(data, b"/Length1 9/MARK(MARK)", flate=True)
        font = described % (b"/%s 7 0 R" % key)
        yield f"an embedded font, {name}", written_in(simple, font, file, stream(XMP))
    yield (
        "a font that is none",
        written_in(simple, described % b"/FontFile2 7 0 R", stream(b"MARK")),
    )
    map_ = (
        b"%!PS-Adobe-3.0 Resource-CMap\n%%Title: (MARK)\n/CIDInit/ProcSet findresource begin\n"
        b"/CIDSystemInfo<</Registry(MARK)>>def/CMapName/MARK def/WMode 1 def\n"
        b"1 begincodespacerange<00><ff>endcodespacerange/Adobe-Japan1-UCS2 usecmap\n"
        b"2 beginbfchar<01><0041>(\\002)/a endbfchar\n"
        b"2 beginbfrange<03><04><0042><05><06>[<0043><0044>]endbfrange % MARK\nendcmap"
    )
    differences = b"<</BaseEncoding/WinAnsiEncoding/Differences[32/space/seen 40/other]/MARK 1>>"
    yield (
        "an encoding and what it reads as",
        written_in(
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding 6 0 R/ToUnicode 7 0 R>>",
            differences,
            stream(map_, b"/MARK(MARK)"),
        ),
    )
    codes = (
        b"/CMapName/MARK def 1 begincidrange<0000><00ff>0 endcidrange "
        b"1 begincidchar<0100> 7 endcidchar 1 beginnotdefrange<01><02>1 endnotdefrange"
    )
    system = b"<</Registry(Adobe)/Ordering(Identity)/Supplement 0/MARK(MARK)>>"
    yield (
        "a composite font",
        written_in(
            b"<</Type/Font/Subtype/Type0/BaseFont/Some/Encoding 6 0 R/DescendantFonts[7 0 R]"
            b"/ToUnicode/Identity-H>>",
            stream(codes, b"/Type/CMap/CMapName/MARK/WMode 0/UseCMap/H/CIDSystemInfo" + system),
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Some/CIDSystemInfo%s/DW 500"
            b"/W[1[500 250.5]7 8 600]/DW2[880 -1000]/CIDToGIDMap 8 0 R/MARK(MARK)>>" % system,
            stream(bytes(8), b"/MARK(MARK)"),
        ),
    )
    yield (
        "a font of drawings",
        written_in(
            b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 83"
            b"/LastChar 83/Widths[9]/Encoding<</Differences[83/s/t]>>"
            b"/CharProcs<</t 8 0 R/s 6 0 R/MARK 7 0 R>>"
            b"/Resources<</XObject<</I 9 0 R>>>>/Name/MARK>>",
            stream(b"9 0 0 0 9 9 d1 0 0 9 9 re f % MARK"),
            stream(b"(MARK)"),
            stream(b"9 0 d0 BI/W 8/H 1/IM true ID \xaa\nEI /I Do /MARK Do"),
            stream(b"\xf0", b"/Subtype/Image/Width 8/Height 1/ImageMask true"),
        ),
    )


def colours() -> Iterator[tuple[str, bytes]]:
    """Yield colour spaces, functions, shadings, patterns and graphics states."""

    def painted(content: bytes, resources: bytes, *objects: bytes) -> bytes:
        return page(content + b" 9 9 50 50 re f " + TEXT, *objects, resources=resources)

    wide = profiles.build("MARK", profiles.DISPLAY_P3, profiles.SRGB_CURVE)
    odd = profiles.build("MARK", (*profiles.DISPLAY_P3[:8], 40000), profiles.SRGB_CURVE)
    spaces = b"/ColorSpace<</C[/ICCBased 6 0 R]/DefaultRGB[/ICCBased 6 0 R]/MARK[/MARK]>>"
    told = b"/N 3/Alternate/DeviceRGB/MARK(MARK)"
    yield "a profile", painted(b"/C cs 1 0 0 sc", spaces, stream(wide, told))
    yield "a screen's own profile", painted(b"/C cs 1 0 0 sc", spaces, stream(odd, told))
    yield "a profile that is none", painted(b"/C cs 1 0 0 sc", spaces, stream(b"MARK", told))
    tint = b"<</FunctionType 2/Domain[0 1]/C0[0 0 0]/C1[1 .5 0]/N 1/MARK(MARK)>>"
    yield (
        "palettes, inks and measured colours",
        painted(
            b"/I cs 1 sc /S CS .5 SC /N cs .1 .2 scn /L cs 50 0 0 sc /G cs 1 sc /R cs 1 1 1 sc"
            b"/DeviceCMYK cs 0 0 0 1 sc /U cs 1 sc",
            b"/ColorSpace<</I[/Indexed/DeviceRGB 1<ff000000ff004d41524b>]"
            b"/J[/Indexed[/DeviceGray]1 7 0 R]/S[/Separation/Gold/DeviceRGB 6 0 R]"
            b"/N[/DeviceN[/Gold/None]/DeviceRGB 8 0 R<</Colorants<</MARK 1>>>>]"
            b"/L[/Lab<</WhitePoint[.9 1 .8]/Range[-9 9 -9 9]/MARK(MARK)>>]"
            b"/G[/CalGray<</WhitePoint[.9 1 .8]/Gamma 2.2>>]"
            b"/R[/CalRGB<</WhitePoint[.9 1 .8]/Gamma[2 2 2]/Matrix[1 0 0 0 1 0 0 0 1]>>]>>",
            tint,
            stream(b"\0\xffMARK"),
            stream(
                b"{ % MARK\npop dup 0.5 mul exch 1 index }",
                b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]/MARK(MARK)",
            ),
        ),
    )
    yield (
        "shadings and functions",
        painted(
            b"/A sh /B sh /C sh",
            b"/Shading<</A 6 0 R/B<</ShadingType 3/ColorSpace/DeviceGray/Coords[0 0 0 9 9 9]"
            b"/Extend[true false]/Function[8 0 R]/BBox[0 0 9 9]/MARK(MARK)>>/C 9 0 R>>",
            b"<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 9 9]/Domain[0 1]/Background[0 0 0]"
            b"/AntiAlias true/Function 7 0 R>>",
            b"<</FunctionType 3/Domain[0 1]/Functions[10 0 R 10 0 R]/Bounds[.5]/Encode[0 1 0 1]>>",
            stream(
                b"\0\x80\xffMARK",
                b"/FunctionType 0/Domain[0 1]/Range[0 1]/Size[3]"
                b"/BitsPerSample 8/Order 1/MARK(MARK)",
            ),
            stream(
                bytes(8),
                b"/ShadingType 4/ColorSpace/DeviceGray/BitsPerCoordinate 8"
                b"/BitsPerComponent 8/BitsPerFlag 8/Decode[0 9 0 9 0 1]/MARK(MARK)",
            ),
            tint,
        ),
    )
    yield (
        "patterns",
        painted(
            b"/Pattern cs /T scn /Pattern CS /S SCN /P cs 1 0 0 /T scn /None scn",
            b"/Pattern<</T 6 0 R/S 7 0 R>>/ColorSpace<</P[/Pattern/DeviceRGB]>>",
            stream(
                b"/F1 9 Tf 0 0 9 9 re f % MARK",
                b"/PatternType 1/PaintType 2/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9"
                b"/Resources<</MARK(MARK)>>/Matrix[1 0 0 1 .000001 1e5]/MARK(MARK)",
            ),
            b"<</PatternType 2/Shading<</ShadingType 1/ColorSpace/DeviceRGB/Function 8 0 R"
            b"/Matrix[1 0 0 1 0 0]>>/ExtGState<</LW 3>>/MARK(MARK)>>",
            stream(b"{pop pop 1 0 0}", b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]"),
        ),
    )
    yield (
        "states of graphics",
        painted(
            b"/A gs /B gs /Perceptual ri /MARK ri",
            b"/ExtGState<</A 6 0 R/B<</SMask/None/BM/MARK/TR/Identity/Font[5 0 R 9]/MARK 1>>>>",
            b"<</Type/ExtGState/LW 1.50/LC 1/LJ 1/ML 2/D[[1 2]0]/RI/Saturation/OP true/op false"
            b"/OPM 1/FL 1/SM .1/SA true/BM[/MARK/Multiply]/CA .5/ca +.5/AIS false/TK true"
            b"/SMask<</S/Luminosity/G 7 0 R/BC[0]/TR 8 0 R/MARK(MARK)>>/TR2[8 0 R 8 0 R]>>",
            stream(BOX, FORM + b"/Group<</S/Transparency/CS[/ICCBased 9 0 R]/K true>>"),
            tint,
            stream(wide, told),
        ),
    )


@cache
def _bomb() -> bytes:
    return compress(compress(bytes(80 << 20), 9), 9)


def bad() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    whole = with_catalog(b"")
    yield "only a beginning", b"%PDF-1.7\n"
    yield "cut before its table", whole[: whole.index(b"xref\n")]
    yield (
        "a password",
        with_catalog(
            b"",
            b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"4d" * 32, b"41" * 32),
            trailer=b"/Encrypt 6 0 R/ID[<00><00>]",
        ),
    )
    yield "a catalog that is missing", whole.replace(b"/Root 1 0 R", b"/Root 9 0 R")
    yield "no pages", edited(whole, b"[3 0 R]", b"[]")
    yield "a page that is missing", edited(whole, b"[3 0 R]", b"[3 0 R 9 0 R]")
    yield "pages in a circle", edited(whole, b"[3 0 R]", b"[3 0 R 2 0 R]")
    yield "content in another file", edited(whole, b"<</Length", b"<</F(MARK)/Length")
    for name, entries, data in (
        ("that is broken", b"/Filter/FlateDecode", b"\x78\x9c\x07" + TEXT),
        ("that is not what it says", b"/Filter/FlateDecode", TEXT),
        ("in an unknown coding", b"/Filter/MARK", TEXT),
        ("with its own key", b"/Filter/Crypt", TEXT),
        ("packed ten times", b"/Filter[%s]" % (b"/ASCIIHexDecode" * 10), b">"),
        ("that unfolds without end", b"/Filter[/FlateDecode/FlateDecode]", _bomb()),
    ):
        yield f"content {name}", edited(page(b""), stream(b""), stream(data, entries))
    yield "a picture inside the stream without end", page(b"BI /W 9 /H 9 /CS /G /BPC 8 ID abc")
    yield (
        "a photograph that is none",
        page(
            b"/I Do",
            stream(b"MARK", b"/Subtype/Image/Width 1/Height 1/Filter/DCTDecode"),
            resources=b"/XObject<</I 6 0 R>>",
        ),
    )
    yield (
        "samples of which nobody knows how many",
        page(
            b"/I Do",
            stream(b"MARK", b"/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray"),
            resources=b"/XObject<</I 6 0 R>>",
        ),
    )
    yield (
        "a picture of absurd size",
        page(
            b"/I Do",
            stream(b"", b"/Subtype/Image/Width 99999/Height 99999/BitsPerComponent 8"),
            resources=b"/XObject<</I 6 0 R>>",
        ),
    )
    yield (
        "a form without looks",
        page(
            TEXT,
            b"<</Subtype/Widget/FT/Tx/V(MARK)/Rect[0 0 9 9]>>",
            entries=b"/Annots[6 0 R]",
        ),
    )
    yield (
        "files in a portfolio",
        with_catalog(b"/Collection<<>>/Names<</EmbeddedFiles<</Names[(MARK)<</F(MARK)>>]>>>>"),
    )
    yield (
        "a form that a program draws",
        with_catalog(b"/NeedsRendering true/AcroForm<</XFA 6 0 R>>", stream(XMP)),
    )
    yield (
        "a calculator with a text",
        page(
            b"/S sh",
            b"<</ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 9 9]/Function 7 0 R>>",
            stream(b"{pop (MARK)}", b"/FunctionType 4/Domain[0 1]/Range[0 1]"),
            resources=b"/Shading<</S 6 0 R>>",
        ),
    )


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield every case: its name, the declared file name, the bytes."""
    groups = (outside, contents, pages, annotations, around_pages, pictures, fonts, colours, bad)
    for group in groups:
        for name, file in group():
            yield f"pdf: {name}", "paper.pdf", file
