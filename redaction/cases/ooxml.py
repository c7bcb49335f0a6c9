"""Office files with planted secrets, whole and broken. Every secret carries the word MARK."""

from collections.abc import Iterator, Mapping
from typing import Final

from redaction.cases import pictures
from redaction.cases.zips import CENTRAL, END, LOCAL, changed, packed

DAMAGED: Final = (
    "docx: a letter with every kind of secret",
    "xlsx: a table with every kind of secret",
    "pptx: slides with every kind of secret",
)
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
STRICT: Final = "http://purl.oclc.org/ooxml"
MICROSOFT: Final = "http://schemas.microsoft.com/office"
DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
NAMES: Final = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "r": OFFICE,
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "xdr": "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "w14": f"{MICROSOFT}/word/2010/wordml",
    "wps": f"{MICROSOFT}/word/2010/wordprocessingShape",
    "p14": f"{MICROSOFT}/powerpoint/2010/main",
    "a16": f"{MICROSOFT}/drawing/2014/main",
    "xr": f"{MICROSOFT}/spreadsheetml/2014/revision",
    "x15ac": f"{MICROSOFT}/spreadsheetml/2010/11/ac",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
}
SECRET_PICTURE: Final = pictures.after_start(
    pictures.BASELINE,
    pictures.segment(0xFE, b"MARK comment"),
    pictures.exif(pictures.ascii4(0x010F)),
)

Relations = list[tuple[str, str, str]]


def xml(root: str, body: str, attributes: str = "", names: Mapping[str, str] = NAMES) -> bytes:
    """Return a part: *body* inside *root*, with the namespaces declared whose prefixes occur."""
    text = f"<{root} {attributes}>{body}</{root}>"
    used = [p for p in names if f"<{p}:" in text or f" {p}:" in text or f'"{p}' in text]
    declared = "".join(f' xmlns:{prefix}="{names[prefix]}"' for prefix in used)
    return f"{DECLARATION}<{root}{declared} {attributes}>{body}</{root}>".encode()


def relations(entries: Relations) -> bytes:
    """Return relationships given as number, kind and target; "!" marks an external one."""
    text = f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
    for id_, kind, target in entries:
        type_ = kind if ":" in kind else f"{OFFICE}/{kind}"
        mode = ' TargetMode="External"' if target.startswith("!") else ""
        text += f'<Relationship Id="{id_}" Type="{type_}" Target="{target.lstrip("!")}"{mode}/>'
    return f"{text}</Relationships>".encode()


def types(main: str, extra: str = "") -> bytes:
    """Return a list of content types; only the sign of macros in it matters."""
    text = f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
    text += '<Default Extension="xml" ContentType="application/xml"/>'
    return f'{text}<Override PartName="{main}" ContentType="x{extra}"/></Types>'.encode()


def office(
    main: str, body: bytes, parts: Mapping[str, bytes], linked: Relations
) -> dict[str, bytes]:
    """Return the members of a file whose main part is *body*."""
    folder, _, name = main.rpartition("/")
    root = [
        ("rId1", "officeDocument", main),
        ("rId2", f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        ("rId3", f"{PACKAGE}/relationships/metadata/thumbnail", "docProps/thumbnail.jpeg"),
        ("rId4", "extended-properties", "docProps/app.xml"),
        ("rId5", "custom-properties", "docProps/custom.xml"),
    ]
    return {
        "[Content_Types].xml": types(f"/{main}"),
        "_rels/.rels": relations(root),
        "docProps/core.xml": b"<core>MARK</core>",
        "docProps/app.xml": b"<app>MARK</app>",
        "docProps/custom.xml": b"<custom>MARK</custom>",
        "docProps/thumbnail.jpeg": b"MARK",
        main: body,
        f"{folder}/_rels/{name}.rels": relations(linked),
        **{f"{folder}/{name}": data for name, data in parts.items()},
    }


def document(
    body: str, parts: Mapping[str, bytes] | None = None, linked: Relations | None = None
) -> bytes:
    """Return a text document."""
    main = xml("w:document", f"<w:body>{body}</w:body>")
    return packed(office("word/document.xml", main, parts or {}, linked or []))


def paragraph(text: str) -> str:
    """Return a paragraph with one run."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def field(instruction: str, result: str) -> str:
    """Return the runs of a complex field."""
    marks = [
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
    ]
    code = f'<w:r><w:instrText xml:space="preserve">{instruction}</w:instrText></w:r>'
    return f"{marks[0]}{code}{marks[1]}<w:r><w:t>{result}</w:t></w:r>{marks[2]}"


def picture(id_: str, name: str, description: str) -> str:
    """Return a run with a picture."""
    properties = f'<pic:cNvPr id="7" name="{name}" descr="{description}"/>'
    return (
        f'<w:r><w:drawing><wp:inline><wp:extent cx="9" cy="9"/><wp:docPr id="7" name="{name}" '
        f'descr="{description}" title="A stamp"/><a:graphic><a:graphicData uri="{NAMES["pic"]}">'
        f"<pic:pic>"
        f"<pic:nvPicPr>{properties}<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>"
        f'<a:blip r:embed="{id_}"><a:extLst><a:ext uri="{{MARK}}"/></a:extLst></a:blip>'
        "</pic:blipFill><pic:spPr/></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"
        "</w:r>"
    )


LETTER: Final = (
    '<w:p w:rsidR="00MARK00" w14:paraId="0MARK000"><w:pPr><w:pStyle w:val="Title"/><w:pPrChange '
    'w:id="1" '
    'w:author="MARK" w:date="2024-01-01T00:00:00Z"><w:pPr/></w:pPrChange></w:pPr>'
    '<w:bookmarkStart w:id="0" w:name="MARK_unused"/><w:bookmarkStart w:id="1" w:name="MARK_used"/>'
    '<w:r w:rsidRPr="00MARK01"><w:rPr><w:b/><w:rPrChange w:id="2" w:author="MARK"/></w:rPr><w:t>'
    "Kept &amp; "
    'clean</w:t></w:r><w:bookmarkEnd w:id="0"/><w:bookmarkEnd w:id="1"/>'
    '<w:ins w:id="3" w:author="MARK"><w:r><w:t> inserted</w:t></w:r></w:ins>'
    '<w:del w:id="4" w:author="MARK"><w:r><w:delText>MARK deleted</w:delText></w:r></w:del>'
    '<w:moveFrom w:id="5" w:author="MARK"><w:r><w:t>MARK moved</w:t></w:r></w:moveFrom>'
    '<w:commentRangeStart w:id="0"/><w:commentRangeEnd w:id="0"/><w:r><w:commentReference '
    'w:id="0"/></w:r>'
    f"{field(' PAGEREF MARK_used &#92;h ', '1')}{field(' FILENAME &#92;p ', 'MARK.docx')}"
    f"{field(' ADDIN MARK.citation ', 'cited')}{field(' AUTHOR ', 'MARK')}"
    f"{field(' HYPERLINK &quot;https://example.org/?utm_id=MARK&amp;q=1&quot; ', 'link')}"
    '<w:fldSimple w:instr=" LASTSAVEDBY "><w:r><w:t>MARK</w:t></w:r></w:fldSimple>'
    '<w:fldSimple w:instr=" PAGE "><w:r><w:t>3</w:t></w:r></w:fldSimple>'
    '<w:hyperlink r:id="rId5" w:tooltip="C:&#92;MARK.txt"><w:r><w:t>page</w:t></w:r></w:hyperlink>'
    '<w:hyperlink r:id="rId6"><w:r><w:t>folder</w:t></w:r></w:hyperlink>'
    '<w:hyperlink w:anchor="MARK_used"><w:r><w:t>above</w:t></w:r></w:hyperlink>'
    '<w:sdt><w:sdtPr><w:alias w:val="MARK"/><w:tag w:val="MARK"/><w:dataBinding w:xpath="MARK"/>'
    "<w:dropDownList/></w:sdtPr><w:sdtContent><w:r><w:t>chosen</w:t></w:r></w:sdtContent></w:sdt>"
    '<w:smartTag w:uri="urn:MARK" w:element="MARK"><w:smartTagPr><w:attr w:name="MARK"/>'
    "</w:smartTagPr>"
    "<w:r><w:t>tagged</w:t></w:r></w:smartTag></w:p>"
    f"<w:p>"
    f"{picture('rId3', 'MARK.jpg', 'C:/Users/MARK/scan.jpg')}"
    f"{picture('rId4', 'Picture 1', 'A seal')}</w:p>"
    '<w:p><w:r><w:object><v:shape id="MARK shape" type="#MARK" alt="MARK.png"><v:imagedata '
    'r:id="rId3" '
    'o:title="MARK"/></v:shape><o:OLEObject Type="Embed" ProgID="MARK" r:id="rId7"/></w:object>'
    "</w:r></w:p>"
    "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>not seen</w:t></w:r></w:p>MARK stray"
    '<w:altChunk r:id="rId7"/><w:sectPr><w:headerReference w:type="default" r:id="rId8"/>'
    '<w:pgSz w:w="9" w:h="9" w:code="9"/><w:paperSrc w:first="7"/></w:sectPr>'
)
SETTINGS: Final = (
    '<w:zoom w:percent="100"/><w:rsids><w:rsid w:val="00MARK00"/></w:rsids><w:attachedTemplate '
    'r:id="rId1"/>'
    '<w:docVars><w:docVar w:name="MARK" w:val="MARK"/></w:docVars><w:documentProtection '
    'w:hash="MARK"/>'
    '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="u" w:val="15"/></w:compat>'
)


def letter() -> bytes:
    """Return a text document that tells everything."""
    watermark = '<v:shape id="PowerPlusMARK"><v:textpath string="DRAFT"/></v:shape>'
    header = f"<w:p><w:r><w:t>Head</w:t></w:r><w:r><w:pict>{watermark}</w:pict></w:r></w:p>"
    parts = {
        "styles.xml": xml(
            "w:styles",
            '<w:style w:styleId="Title"><w:name w:val="Title"/><w:rsid w:val="0MARK"/></w:style>',
        ),
        "settings.xml": xml("w:settings", SETTINGS),
        "_rels/settings.xml.rels": relations(
            [("rId1", "attachedTemplate", "!file:///C:/MARK.dotm")]
        ),
        "media/MARK.jpeg": SECRET_PICTURE,
        "embeddings/MARK.bin": b"MARK",
        "header1.xml": xml("w:hdr", header),
        "comments.xml": xml("w:comments", '<w:comment w:author="MARK"/>'),
        "people.xml": b"<people>MARK</people>",
        "orphan.xml": b"<orphan>MARK</orphan>",
        "theme/theme1.xml": xml(
            "a:theme",
            '<a:themeElements><a:clrScheme name="MARK"/></a:themeElements>',
            'name="MARK"',
        ),
        "../customXml/item1.xml": b"<item>MARK</item>",
    }
    linked = [
        ("rId1", "styles", "styles.xml"),
        ("rId2", "settings", "settings.xml"),
        ("rId3", "image", "media/MARK.jpeg"),
        ("rId4", "image", "!https://example.org/beacon.png?id=MARK"),
        ("rId5", "hyperlink", "!https://example.org/page?fbclid=MARK&amp;page=2"),
        ("rId6", "hyperlink", "!file:///C:/Users/MARK/"),
        ("rId7", "oleObject", "embeddings/MARK.bin"),
        ("rId8", "header", "header1.xml"),
        ("rId9", "comments", "comments.xml"),
        ("rId10", f"{MICROSOFT}/2011/relationships/people", "people.xml"),
        ("rId11", "theme", "theme/theme1.xml"),
        ("rId12", "customXml", "../customXml/item1.xml"),
    ]
    main = xml(
        "w:document", f"<w:body><!-- MARK --><?MARK?>{LETTER}</w:body>", 'mc:Ignorable="w14"'
    )
    members = office("word/document.xml", main, parts, linked)
    members["customXml/item1.xml"] = members.pop("word/../customXml/item1.xml")
    return packed(members, b"MARK comment", telling=True)


SHEET: Final = (
    '<x:sheetPr codeName="MARK"/><x:cols><x:col min="2" max="2" width="9" hidden="1"/></x:cols>'
    "<x:sheetData>"
    '<x:row r="1" spans="1:2"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1" t="inlineStr"><x:is>'
    "<x:t>in &lt;"
    'line</x:t></x:is></x:c></x:row><x:row r="2" hidden="1"><x:c r="A2"><x:f>SUM(B1:B9)</x:f><x:v>'
    "3</x:v></x:c>"
    '<x:c r="B2"><x:f>[1]Sheet1!A1</x:f><x:v>4</x:v></x:c><x:c r="C2"><x:f t="shared" ref="C2:C3" '
    'si="0">'
    '\'C:&#92;MARK&#92;[book.xlsx]S\'!A1</x:f><x:v>5</x:v></x:c><x:c r="D2"><x:f t="shared" '
    'si="0"/><x:v>6</x:v>'
    '</x:c><x:c r="E2"><x:f>HYPERLINK("https://example.org/?uid=MARK","a ""quote""")</x:f><x:v>'
    "7</x:v></x:c>"
    '<x:c r="F2"><x:f>WEBSERVICE("https://example.org/MARK")</x:f><x:v>8</x:v></x:c></x:row>'
    "</x:sheetData>"
    '<x:sheetProtection password="MARK" sheet="1"/><x:conditionalFormatting sqref="A1"><x:cfRule '
    'type="expression" '
    'priority="1"><x:formula>[2]MARK!A1</x:formula></x:cfRule></x:conditionalFormatting>'
    "<x:hyperlinks>"
    '<x:hyperlink ref="A1" r:id="rId1" display="MARK"/><x:hyperlink ref="A2" r:id="rId2"/>'
    '<x:hyperlink ref="A3" location="Sheet1!A1"/></x:hyperlinks><x:pageSetup '
    'orientation="portrait" r:id="rId3"/>'
    '<x:drawing r:id="rId5"/><x:legacyDrawing r:id="rId4"/>'
)
WORKBOOK: Final = (
    '<x:fileVersion appName="xl" codeName="{MARK}"/><x:fileSharing userName="MARK"/>'
    "<mc:AlternateContent>"
    '<mc:Choice Requires="x15"><x15ac:absPath url="C:&#92;MARK&#92;"/></mc:Choice>'
    "</mc:AlternateContent>"
    '<xr:revisionPtr documentId="MARK"/><x:bookViews><x:workbookView xWindow="7" xr:uid="MARK"/>'
    "</x:bookViews>"
    '<x:sheets><x:sheet name="Figures" sheetId="1" r:id="rId1"/><x:sheet name="More" sheetId="2" '
    'state="hidden" '
    'r:id="rId2"/></x:sheets><x:externalReferences><x:externalReference r:id="rId5"/>'
    "</x:externalReferences>"
    '<x:definedNames><x:definedName name="Total" comment="MARK">Figures!$A$1</x:definedName>'
    "<x:definedName name=\"Elsewhere\">'C:&#92;MARK&#92;[b.xlsx]S'!$A$1</x:definedName>"
    "</x:definedNames>"
)
DRAWING: Final = (
    "<xdr:twoCellAnchor><xdr:from><xdr:col>1</xdr:col></xdr:from><xdr:to><xdr:col>2</xdr:col>"
    "</xdr:to><xdr:pic>"
    '<xdr:nvPicPr><xdr:cNvPr id="2" name="MARK" descr="MARK.png"><a:hlinkClick r:id="rId2"/>'
    "</xdr:cNvPr>"
    '<xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId1"/></xdr:blipFill><xdr:spPr/>'
    "</xdr:pic>"
    '<xdr:clientData/></xdr:twoCellAnchor><xdr:twoCellAnchor><xdr:graphicFrame macro="MARK">'
    "<a:graphic>"
    f'<a:graphicData uri="{NAMES["c"]}"><c:chart r:id="rId3"/></a:graphicData></a:graphic>'
    f"</xdr:graphicFrame>"
    "</xdr:twoCellAnchor><xdr:twoCellAnchor><xdr:graphicFrame><a:graphic><a:graphicData "
    'uri="urn:MARK"/>'
    "</a:graphic></xdr:graphicFrame></xdr:twoCellAnchor>"
)
CHART: Final = (
    "<c:chart><c:plotArea><c:barChart><c:ser><c:cat><c:strRef><c:f>[MARK.xlsx]S!$A$1</c:f>"
    "</c:strRef></c:cat>"
    '<c:val><c:numRef><c:f>Figures!$A$1</c:f><c:numCache><c:pt idx="0"><c:v>5</c:v></c:pt>'
    "</c:numCache></c:numRef>"
    '</c:val></c:ser></c:barChart></c:plotArea></c:chart><c:externalData r:id="rId1"/>'
    "<c:printSettings>"
    "<c:headerFooter><c:oddHeader>MARK</c:oddHeader></c:headerFooter></c:printSettings>"
)


def workbook() -> bytes:
    """Return a table document that tells everything."""
    strings = "<x:si><x:t>shown</x:t></x:si><x:si><x:t>MARK deleted</x:t></x:si>"
    links = [
        ("rId1", "hyperlink", "!https://example.org/?gclid=MARK"),
        ("rId2", "hyperlink", "!file:///MARK"),
        ("rId3", "printerSettings", "../printerSettings/printerSettings1.bin"),
        ("rId4", "vmlDrawing", "../drawings/vmlDrawing1.vml"),
        ("rId5", "drawing", "../drawings/drawing1.xml"),
        ("rId6", "comments", "../comments1.xml"),
    ]
    drawn = [
        ("rId1", "image", "../media/image1.jpeg"),
        ("rId2", "hyperlink", "!https://example.org/"),
        ("rId3", "chart", "../charts/chart1.xml"),
    ]
    parts = {
        "worksheets/sheet1.xml": xml("x:worksheet", SHEET, 'xr:uid="{MARK}"'),
        "worksheets/sheet2.xml": xml("x:worksheet", "<x:sheetData/>"),
        "worksheets/_rels/sheet1.xml.rels": relations(links),
        "printerSettings/printerSettings1.bin": b"MARK",
        "drawings/vmlDrawing1.vml": b"MARK",
        "drawings/drawing1.xml": xml("xdr:wsDr", DRAWING),
        "drawings/_rels/drawing1.xml.rels": relations(drawn),
        "charts/chart1.xml": xml("c:chartSpace", CHART),
        "charts/_rels/chart1.xml.rels": relations([("rId1", "package", "../embeddings/MARK.xlsx")]),
        "embeddings/MARK.xlsx": b"MARK",
        "media/image1.jpeg": SECRET_PICTURE,
        "comments1.xml": b"<comments>MARK</comments>",
        "sharedStrings.xml": xml("x:sst", strings, 'count="2" uniqueCount="2"'),
        "externalLinks/externalLink1.xml": b"<externalLink>MARK</externalLink>",
        "connections.xml": b"<connections>MARK</connections>",
    }
    linked = [
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "worksheet", "/xl/worksheets/sheet2.xml"),
        ("rId3", "sharedStrings", "SharedStrings.xml"),
        ("rId4", "connections", "connections.xml"),
        ("rId5", "externalLink", "externalLinks/externalLink1.xml"),
    ]
    names = {**NAMES, "x15": f"{MICROSOFT}/spreadsheetml/2010/11/main"}
    main = xml("x:workbook", WORKBOOK, names=names)
    return packed(office("xl/workbook.xml", main, parts, linked), telling=True)


def shape(id_: int, body: str, click: str = "", text: str = "") -> str:
    """Return a shape of a slide."""
    said = (
        f"<p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody>" if text else ""
    )
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{id_}" name="MARK {id_}" descr="MARK.jpg">{click}</p:cNvPr>'
        f"<p:cNvSpPr/>"
        f"<p:nvPr>{body}</p:nvPr></p:nvSpPr><p:spPr/>{said}</p:sp>"
    )


SLIDE: Final = (
    '<p:cSld name="MARK"><p:spTree>'
    + shape(2, "", '<a:hlinkClick r:id="rId2" tooltip="See"/>', "Title")
    + shape(3, "", '<a:hlinkClick r:id="rId3" action="ppaction://program"/>')
    + shape(4, "", '<a:hlinkClick r:id="" action="ppaction://hlinkshowjump?jump=nextslide"/>')
    + shape(
        5,
        '<p:custDataLst><p:tags r:id="rId4"/></p:custDataLst>'
        '<p:extLst><p:ext uri="{MARK}"/></p:extLst>',
    )
    + '<p:pic><p:nvPicPr><p:cNvPr id="6" name="MARK.mp4"><a:hlinkClick r:id="" '
    'action="ppaction://media"/>'
    '<a:extLst><a:ext uri="{MARK}"><a16:creationId id="{MARK}"/></a:ext></a:extLst></p:cNvPr>'
    "<p:cNvPicPr/><p:nvPr>"
    '<a:videoFile r:link="rId5"/></p:nvPr></p:nvPicPr><p:blipFill><a:blip r:embed="rId6"/>'
    "</p:blipFill><p:spPr/>"
    "</p:pic><p:graphicFrame><a:graphic><a:graphicData "
    'uri="http://schemas.openxmlformats.org/presentationml/2006/'
    'ole"><p:oleObj progId="MARK" r:id="rId7"/></a:graphicData></a:graphic></p:graphicFrame>'
    '<p:graphicFrame><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/'
    'presentationml/2006/ole"><mc:AlternateContent><mc:Choice Requires="v"><p:oleObj spid="MARK"/>'
    '</mc:Choice><mc:Fallback><p:oleObj progId="MARK"><p:embed/><p:pic><p:nvPicPr><p:cNvPr id="7" '
    'name="MARK"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:embed="rId6"/>'
    "</p:blipFill><p:spPr/></p:pic></p:oleObj></mc:Fallback></mc:AlternateContent>"
    "</a:graphicData></a:graphic></p:graphicFrame>"
    "<mc:AlternateContent>"
    '<mc:Choice Requires="a16"><p:sp/></mc:Choice><mc:Fallback>'
    + shape(8, "", text="instead")
    + "</mc:Fallback></mc:AlternateContent></p:spTree></p:cSld><mc:AlternateContent><mc:Choice "
    'Requires="p14">'
    '<p:transition p14:dur="9"><p14:flash/></p:transition></mc:Choice><mc:Fallback><p:transition/>'
    "</mc:Fallback>"
    "</mc:AlternateContent><p:timing><p:tnLst><p:video/></p:tnLst></p:timing>"
)


def slides() -> bytes:
    """Return a presentation that tells everything."""
    links = [
        ("rId1", "notesSlide", "../notesSlides/notesSlide1.xml"),
        ("rId2", "hyperlink", "!https://example.org/?igshid=MARK"),
        ("rId3", "hyperlink", "!file:///MARK.exe"),
        ("rId4", "tags", "../tags/tag1.xml"),
        ("rId5", "video", "!file:///C:/MARK.mp4"),
        ("rId6", "image", "../media/image1.wmf"),
        ("rId7", "oleObject", "../embeddings/MARK.bin"),
        ("rId8", "comments", "../comments/comment1.xml"),
    ]
    notes = f"<p:cSld><p:spTree>{shape(2, '', text='Say this')}</p:spTree></p:cSld>"
    parts = {
        "slides/slide1.xml": xml("p:sld", SLIDE, 'show="0"'),
        "slides/_rels/slide1.xml.rels": relations(links),
        "notesSlides/notesSlide1.xml": xml("p:notes", notes),
        "notesSlides/_rels/notesSlide1.xml.rels": relations(
            [("rId1", "slide", "../slides/slide1.xml")]
        ),
        "media/image1.wmf": b"MARK",
        "embeddings/MARK.bin": b"MARK",
        "tags/tag1.xml": b"<tags>MARK</tags>",
        "comments/comment1.xml": b"<comments>MARK</comments>",
        "commentAuthors.xml": b"<authors>MARK</authors>",
        "viewProps.xml": xml("p:viewPr", "<p:normalViewPr/>", 'lastView="MARK"'),
    }
    linked = [
        ("rId1", "slide", "slides/slide1.xml"),
        ("rId2", "commentAuthors", "commentAuthors.xml"),
        ("rId3", "viewProps", "viewProps.xml"),
    ]
    body = (
        '<p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst><p:custShowLst><p:custShow '
        'name="MARK"/>'
        '</p:custShowLst><p:modifyVerifier hashData="MARK"/>'
    )
    return packed(office("ppt/presentation.xml", xml("p:presentation", body), parts, linked))


def row(cells: str, marks: str = "") -> str:
    """Return a row of a table."""
    return f"<w:tr><w:trPr>{marks}</w:trPr>{cells}</w:tr>"


def cell(paragraphs: str, marks: str = "") -> str:
    """Return a cell of a table."""
    return f"<w:tc><w:tcPr>{marks}</w:tcPr>{paragraphs}</w:tc>"


def revised() -> Iterator[tuple[str, str]]:
    """Yield texts with changes that are accepted."""
    gone = '<w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr>'
    deleted = '<w:del w:id="2"><w:r><w:delText>MARK</w:delText></w:r></w:del>'
    yield (
        "a deleted paragraph",
        paragraph("before") + f"<w:p>{gone}{deleted}</w:p>" + paragraph("after"),
    )
    yield (
        "a paragraph of which only the end was deleted",
        f"<w:p>{gone}<w:r><w:t>rest</w:t></w:r></w:p>",
    )
    rows = row(cell(paragraph("kept"))) + row(cell(paragraph("MARK")), "<w:del/>")
    yield "a deleted row", f"<w:tbl><w:tblPr/>{rows}</w:tbl>"
    cells = cell(paragraph("kept")) + cell(paragraph("MARK"), "<w:cellDel/>")
    yield "a deleted cell", f"<w:tbl><w:tblPr/>{row(cells)}</w:tbl>"
    yield "a deleted table", f"<w:tbl><w:tblPr/>{row(cell(paragraph('MARK')), '<w:del/>')}</w:tbl>"
    lonely = cell(f'<w:p>{gone}{deleted}</w:p><w:bookmarkEnd w:id="3"/>')
    yield "a cell whose only paragraph was deleted", f"<w:tbl><w:tblPr/>{row(lonely)}</w:tbl>"
    picture_gone = f'<w:p>{gone}<w:del w:id="2">{picture("rId1", "x", "y")}</w:del></w:p>'
    again = f"<w:p>{picture('rId2', 'x', 'y')}{picture('rId1', 'x', 'y')}</w:p>"
    yield "a picture that was deleted and is shown later", picture_gone + again
    yield "a deleted picture", picture_gone + paragraph("after")


def noted() -> bytes:
    """Return a text of which one footnote was deleted."""
    reference = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    body = f'<w:p>{reference.format(2)}<w:del w:id="9">{reference.format(3)}</w:del></w:p>'
    notes = (
        '<w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote><w:footnote w:id="2">'
        f'{paragraph("kept")}</w:footnote><w:footnote w:id="3">{paragraph("MARK")}<w:p>'
        f"{picture('rId1', 'x', 'y')}</w:p></w:footnote>"
    )
    parts = {
        "footnotes.xml": xml("w:footnotes", notes),
        "_rels/footnotes.xml.rels": relations([("rId1", "image", "media/image1.jpeg")]),
        "media/image1.jpeg": SECRET_PICTURE,
    }
    return document(body, parts, [("rId1", "footnotes", "footnotes.xml")])


def diagram() -> bytes:
    """Return a text with a diagram, whose points have random numbers."""
    names = {
        **NAMES,
        "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
        "dsp": f"{MICROSOFT}/drawing/2008/diagram",
    }
    one, two = "{0D0D0D0D-AAAA-4AAA-8AAA-0D0D0D0D0D0D}", "{0E0E0E0E-AAAA-4AAA-8AAA-0E0E0E0E0E0E}"
    ids = '<dgm:relIds r:dm="rId2" r:lo="rId3" r:qs="rId4" r:cs="rId5"/>'
    graphic = f'<a:graphic><a:graphicData uri="{names["dgm"]}">{ids}</a:graphicData></a:graphic>'
    body = f"<w:p><w:r><w:drawing><wp:inline>{graphic}</wp:inline></w:drawing></w:r></w:p>"
    data = (
        f'<dgm:ptLst><dgm:pt modelId="{one}"/><dgm:pt modelId="{two}"/></dgm:ptLst><dgm:cxnLst>'
        f'<dgm:cxn modelId="9" srcId="{one}" destId="{two}"/></dgm:cxnLst><dgm:extLst>'
        f'<a:ext uri="{names["dsp"]}"><dsp:dataModelExt relId="rId6" minVer="1"/></a:ext>'
        '<a:ext uri="{MARK}"/></dgm:extLst>'
    )
    drawing = f'<dsp:spTree><dsp:sp modelId="{two}"/></dsp:spTree>'
    parts = {
        "diagrams/d.xml": xml("dgm:dataModel", data, names=names),
        "diagrams/l.xml": xml("dgm:layoutDef", "", names=names),
        "diagrams/q.xml": xml("dgm:styleDef", "", names=names),
        "diagrams/c.xml": xml("dgm:colorsDef", "", names=names),
        "diagrams/x.xml": xml("dsp:drawing", drawing, names=names),
    }
    linked = [
        ("rId2", "diagramData", "diagrams/d.xml"),
        ("rId3", "diagramLayout", "diagrams/l.xml"),
        ("rId4", "diagramQuickStyle", "diagrams/q.xml"),
        ("rId5", "diagramColors", "diagrams/c.xml"),
        ("rId6", f"{MICROSOFT}/2007/relationships/diagramDrawing", "diagrams/x.xml"),
    ]
    main = xml("w:document", f"<w:body>{body}</w:body>", names=names)
    return packed(office("word/document.xml", main, parts, linked))


def fields() -> Iterator[tuple[str, str]]:
    """Yield texts with fields that end well, or never."""
    begin, separate, end = (
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
    )
    code = "<w:r><w:instrText>{}</w:instrText></w:r>"
    nested = field(" FILENAME ", "MARK")
    yield (
        "a field inside the instruction of another",
        f"<w:p>{begin}{code.format(' IF ')}{nested}{code.format(' = 1 ')}{separate}"
        f"<w:r><w:t>seen</w:t></w:r>{end}</w:p>",
    )
    yield (
        "a field inside the result of another",
        f"<w:p>{begin}{code.format(' TOC ')}{separate}{field(' PAGE ', '5')}{nested}{end}</w:p>",
    )
    yield (
        "a field that never ends",
        f"<w:p>{begin}{code.format(' MARK ')}</w:p>" + paragraph("after"),
    )
    yield (
        "a result that never ends",
        f"<w:p>{begin}{code.format(' AUTHOR ')}{separate}<w:r><w:t>MARK</w:t></w:r></w:p>"
        + paragraph("after"),
    )
    yield (
        "a field that begins inside a simple one",
        f'<w:p><w:fldSimple w:instr=" PAGE ">{begin}{code.format(" AUTHOR ")}</w:fldSimple>'
        f"{separate}{end}</w:p>{paragraph('after')}",
    )
    unknown = '<a:graphic><a:graphicData uri="urn:MARK"/></a:graphic>'
    choice = f"<w:r><w:drawing><wp:inline>{unknown}</wp:inline></w:drawing></w:r>{begin}"
    yield (
        "a field that began in a choice that goes",
        f'<w:p><mc:AlternateContent><mc:Choice Requires="wps">{choice}</mc:Choice>'
        f"</mc:AlternateContent>{code.format(' TOC MARK ')}{end}</w:p>{paragraph('after')}",
    )
    marks = "".join(f'<w:bookmarkStart w:id="1" w:name="{name}"/>' for name in ("MARK", "MARK2"))
    ends = '<w:bookmarkEnd w:id="1"/><w:bookmarkEnd w:id="9"/>'
    yield "bookmarks that share a number", f"<w:p>{marks}{ends}{field(' REF MARK2 ', 'x')}</w:p>"
    yield (
        "an end without a beginning",
        f"<w:p>{separate}{end}{code.format('MARK')}</w:p>" + paragraph("after"),
    )
    links = (
        " PAGEREF MARK_gone &#92;h ",
        ' HYPERLINK &#92;l "MARK_place" ',
        ' HYPERLINK "&#92;&#92;MARK&#92;share" ',
        ' HYPERLINK "https://example.org/a?sid=MARK" &#92;o "MARK" ',
        ' hyperlink "mailto:office@example.org?body=MARK" ',
    )
    yield "links as fields", "".join(f"<w:p>{field(link, 'text')}</w:p>" for link in links)


def rare() -> Iterator[tuple[str, bytes]]:
    """Yield whole files that few programs write."""
    text = paragraph("strict")
    names = {"w": f"{STRICT}/wordprocessingml/main"}
    main = xml("w:document", f"<w:body>{text}</w:body>", 'w:conformance="strict"', names)
    members = office("word/document.xml", main, {}, [])
    kind = f"{STRICT}/officeDocument/relationships/officeDocument"
    members["_rels/.rels"] = relations([("rId1", kind, "word/document.xml")])
    yield "docx: strict", packed(members)
    plain = xml("w:document", f"<w:body>{paragraph('wide')}</w:body>").decode()
    wide = plain.replace("UTF-8", "UTF-16").encode("utf-16")
    yield "docx: in UTF-16", packed(office("word/document.xml", wide, {}, []))
    other = xml("w:document", f"<w:body>{paragraph('named')}</w:body>").decode()
    disguised = (
        other.replace("w:", "a:").replace("xmlns:w=", "xmlns:w='urn:MARK' xmlns:a=").encode()
    )
    yield "docx: with prefixes that mislead", packed(office("word/document.xml", disguised, {}, []))
    cdata = (
        "<w:p><w:r><w:t><![CDATA[1 < 2 & 3]]> &#x645;&amp;&gt;</w:t></w:r><w:r><w:t/></w:r></w:p>"
    )
    yield "docx: text in many spellings", document(cdata)
    yield "docx: a footnote that was deleted", noted()
    yield "docx: a diagram", diagram()
    twice = '<w:p><w:hyperlink r:id="rId9"><w:r><w:t>nowhere</w:t></w:r></w:hyperlink></w:p>'
    yield "docx: a reference to nothing", document(twice)
    shapes = '<v:shape id="a" type="#b"/><v:shape id="_x0000_i1025" type="#a"/>'
    old = f"<w:p><w:r><w:pict>{shapes}</w:pict></w:r></w:p>"
    yield "docx: old shapes", document(old)
    yield (
        "docx: a picture that cannot be cleaned",
        document(
            f"<w:p>{picture('rId1', 'x', 'y')}</w:p>",
            {"media/image1.emf": b"MARK", "media/image2.jpg": pictures.BASELINE[:-2]},
            [("rId1", "image", "media/image1.emf"), ("rId2", "image", "media/image2.jpg")],
        ),
    )


def bad() -> Iterator[tuple[str, bytes]]:
    """Yield files that must be refused."""
    body = xml("w:document", paragraph("MARK"))
    good = office("word/document.xml", body, {}, [])
    archive = packed(good, telling=True)
    yield "zip: cut in the middle", archive[: len(archive) // 2]
    yield "zip: a password", changed(archive, CENTRAL, 8, b"\1\0")
    yield "zip: a rare method", changed(archive, CENTRAL, 10, b"\x0c\0")
    yield "zip: a wrong checksum", changed(packed(good), CENTRAL, 16, b"MARK")
    yield "zip: another name in front of the data", changed(archive, LOCAL, 30, b"MARK")
    yield "zip: a size that is not true", changed(archive, CENTRAL, 24, b"\1\0\0\0")
    yield "zip: entries that overlap", changed(archive, CENTRAL, 42, b"\0\0\0\0")
    yield "zip: more entries than there are", changed(archive, END, 8, b"\xff\0\xff\0")
    yield "zip: a name that leads out", packed({**good, "../MARK": b""})
    yield "zip: an absolute name", packed({**good, "/MARK": b""})
    yield "zip: names that differ in letters only", packed({**good, "WORD/document.xml": b""})
    yield "zip: a bomb", changed(packed(good), CENTRAL, 24, b"\0\0\0\x10")
    yield "docx: macros", packed({**good, "[Content_Types].xml": types("/x", ".macroEnabled")})
    yield "docx: broken content types", packed({**good, "[Content_Types].xml": b"<Types>"})
    yield "docx: no relationships", packed({**good, "_rels/.rels": relations([])})
    twice = relations([("rId1", "officeDocument", "a.xml"), ("rId1", "officeDocument", "b.xml")])
    yield "docx: relationships that share a number", packed({**good, "_rels/.rels": twice})
    for name, text in (
        ("an element that does not end", b"<w:document>"),
        ("an entity", b"<!DOCTYPE a [<!ENTITY b 'MARK'>]><a>&b;</a>"),
        ("another document", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        (
            "text that is no text",
            b"<w:document xmlns:w='" + NAMES["w"].encode() + b"'>\xff</w:document>",
        ),
    ):
        yield f"docx: {name}", packed({**good, "word/document.xml": text})
    wrong = {"styles.xml": xml("w:numbering", "MARK")}
    yield (
        "docx: a part that is something else",
        document("", wrong, [("rId1", "styles", "styles.xml")]),
    )
    deep = b"<w:document xmlns:w='" + NAMES["w"].encode() + b"'>" + b"<w:p>" * 300
    yield "docx: deeper than anybody writes", packed({**good, "word/document.xml": deep})


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield name, declared file name and bytes of every case."""
    yield DAMAGED[0], "MARK.docx", letter()
    yield DAMAGED[1], "MARK.xlsx", workbook()
    yield DAMAGED[2], "MARK.pptx", slides()
    media = {"media/image1.jpeg": SECRET_PICTURE, "media/other.jpeg": pictures.BASELINE}
    linked = [("rId1", "image", "media/image1.jpeg"), ("rId2", "image", "media/other.jpeg")]
    for name, body in (*revised(), *fields()):
        yield f"docx: {name}", "a.docx", document(body, media, linked)
    for name, file in (*rare(), *bad()):
        yield name, "a.docx", file
