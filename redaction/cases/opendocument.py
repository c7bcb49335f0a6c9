"""OpenDocument files with planted secrets, whole and broken. Every secret carries the word MARK."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from redaction.cases import pictures
from redaction.cases.ooxml import SECRET_PICTURE
from redaction.cases.texts import HIDDEN
from redaction.cases.zips import packed

DAMAGED: Final = (
    "odt: a letter with every kind of secret",
    "ods: a table with every kind of secret",
    "odp: slides with every kind of secret",
)
OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns:"
KIND: Final = "application/vnd.oasis.opendocument."
NAMES: Final = {
    **{
        prefix: f"{OASIS}{name}:1.0"
        for prefix, name in {
            "office": "office",
            "style": "style",
            "text": "text",
            "table": "table",
            "draw": "drawing",
            "fo": "xsl-fo-compatible",
            "meta": "meta",
            "svg": "svg-compatible",
            "presentation": "presentation",
            "config": "config",
            "form": "form",
            "script": "script",
            "number": "datastyle",
            "chart": "chart",
            "anim": "animation",
            "smil": "smil-compatible",
            "manifest": "manifest",
        }.items()
    },
    "of": f"{OASIS}of:1.2",
    "xlink": "http://www.w3.org/1999/xlink",
    "dc": "http://purl.org/dc/elements/1.1/",
    "math": "http://www.w3.org/1998/Math/MathML",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "officeooo": "http://openoffice.org/2009/office",
    "loext": "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}
CHANGE: Final = (
    "<office:change-info><dc:creator>MARK</dc:creator><dc:date>2024-01-01T00:00:00</dc:date>"
    "<text:p>MARK</text:p></office:change-info>"
)
NOTE: Final = (
    '<office:annotation office:name="MARK"><dc:creator>MARK</dc:creator><text:p>MARK</text:p>'
    "</office:annotation>"
)
MANIFEST: Final = "META-INF/manifest.xml"


def xml(root: str, body: str) -> bytes:
    """Return a part: *body* inside *root*, with the namespaces declared whose prefixes occur."""
    version = "" if root.startswith(("math", "manifest")) else ' office:version="1.2"'
    text = f"<{root}{version}>{body}"
    used = [p for p in NAMES if f"<{p}:" in text or f" {p}:" in text or f'"{p}:' in text]
    declared = "".join(f' xmlns:{prefix}="{NAMES[prefix]}"' for prefix in used)
    head = '<?xml version="1.0" encoding="UTF-8"?><!-- MARK -->'
    return f"{head}<{root}{declared}{version}>{body}</{root}>".encode()


def content(kind: str, body: str, before: str = "") -> bytes:
    """Return `content.xml` of a document."""
    inner = f"{before}<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    return xml("office:document-content", inner)


def manifest(kind: str, members: Mapping[str, bytes], more: str = "") -> bytes:
    """Return the list of members."""
    rows = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in members
    )
    root = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{KIND}{kind}"/>'
    return xml("manifest:manifest", root + rows + more)


def document(
    kind: str, body: bytes, parts: Mapping[str, bytes] | None = None, more: str = ""
) -> bytes:
    """Return a package with one content and other members."""
    members = {"content.xml": body, **(parts or {})}
    first = {"mimetype": f"{KIND}{kind}".encode()}
    return packed({**first, **members, MANIFEST: manifest(kind, members, more)})


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<text:p>{text}</text:p>"


def frame(inside: str, name: str = "MARK") -> str:
    """Return a frame with a name and descriptions."""
    return (
        f'<draw:frame draw:name="{name}" text:anchor-type="as-char" svg:width="1cm" '
        f'svg:height="1cm" draw:z-index="0">{inside}<svg:title>MARK</svg:title>'
        "<svg:desc>C:\\MARK\\a.jpg</svg:desc></draw:frame>"
    )


def image(href: str) -> str:
    """Return a picture in a frame."""
    return f'<draw:image xlink:href="{href}" xlink:type="simple" draw:filter-name="MARK"/>'


META: Final = xml(
    "office:document-meta",
    "<office:meta><meta:generator>MARK</meta:generator><dc:title>MARK</dc:title>"
    "<meta:initial-creator>MARK</meta:initial-creator><dc:date>MARK</dc:date>"
    '<meta:template xlink:href="file:///MARK"/><meta:editing-cycles>7</meta:editing-cycles>'
    "</office:meta>",
)
SETTINGS: Final = xml(
    "office:document-settings",
    '<office:settings><config:config-item-set config:name="ooo:view-settings">'
    '<config:config-item config:name="ViewId" config:type="string">MARK</config:config-item>'
    '</config:config-item-set><config:config-item-set config:name="ooo:configuration-settings">'
    '<config:config-item config:name="PrinterName" config:type="string">MARK</config:config-item>'
    '<config:config-item config:name="Rsid" config:type="int">123</config:config-item>'
    '<config:config-item config:name="TabOverflow" config:type="boolean">true</config:config-item>'
    '<config:config-item config:name="AddExternalLeading" config:type="boolean">true'
    "</config:config-item></config:config-item-set></office:settings>",
)
STYLES: Final = xml(
    "office:document-styles",
    '<office:styles><style:default-style style:family="paragraph"><style:text-properties '
    'fo:language="ar" fo:country="JO" officeooo:rsid="MARK"/></style:default-style>'
    '<draw:fill-image draw:name="Bricks" draw:display-name="MARK" xlink:href="Pictures/logo.png"/>'
    '<draw:gradient draw:name="Soft" draw:style="linear" draw:start-color="#ffffff"/>'
    "</office:styles><office:automatic-styles>"
    '<style:page-layout style:name="pm1"><style:page-layout-properties fo:page-width="21cm" '
    'style:paper-tray-name="MARK"/></style:page-layout></office:automatic-styles>'
    '<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="pm1">'
    "<style:footer><text:p>Page <text:page-number>1</text:page-number> of "
    "<text:page-count>2</text:page-count>, <text:file-name>MARK.odt</text:file-name></text:p>"
    "</style:footer></style:master-page></office:master-styles>",
)
LEAVINGS: Final = {
    "meta.xml": META,
    "settings.xml": SETTINGS,
    "manifest.rdf": b"MARK",
    "layout-cache": b"MARK",
    "Thumbnails/thumbnail.png": b"MARK",
    "Configurations2/toolbar/custom.xml": b"MARK",
    "Basic/script-lc.xml": b"MARK",
    "Pictures/unused.jpg": SECRET_PICTURE,
    "META-INF/documentsignatures.xml": b"MARK",
}
LETTER: Final = content(
    "text",
    '<text:tracked-changes text:track-changes="true"><text:changed-region xml:id="ct1">'
    f"<text:insertion>{CHANGE}</text:insertion></text:changed-region>"
    f'<text:changed-region xml:id="ct2"><text:deletion>{CHANGE}<text:p>MARK deleted</text:p>'
    "</text:deletion></text:changed-region></text:tracked-changes>"
    '<text:variable-decls><text:variable-decl office:value-type="string" text:name="MARK"/>'
    '</text:variable-decls><text:user-field-decls><text:user-field-decl text:name="MARK" '
    'office:value-type="string" office:string-value="MARK"/></text:user-field-decls>'
    '<text:h text:outline-level="1">Kept &amp; clean</text:h>'
    f'<text:p text:style-name="P1">first{NOTE}<text:span text:style-name="T1"> bold</text:span>'
    '<text:change-start text:change-id="ct1"/> inserted<text:change-end text:change-id="ct1"/>'
    '<text:change text:change-id="ct2"/><office:annotation-end office:name="MARK"/>'
    '<text:s text:c="2"/>last<text:soft-page-break/></text:p>'
    + paragraph(
        '<text:bookmark-start text:name="MARK"/>here<text:bookmark-end text:name="MARK"/> '
        '<text:a xlink:type="simple" xlink:href="#MARK" office:title="MARK">there</text:a> '
        '<text:a xlink:href="https://example.org/?utm_source=MARK&amp;v=1" office:name="MARK">'
        'link</text:a> <text:a xlink:href="file:///home/MARK/a.odt">file</text:a> '
        '<text:a xlink:href="#MARK heading|outline">heading</text:a>'
    )
    + paragraph(
        "<text:author-name>MARK</text:author-name><text:file-name>MARK</text:file-name>"
        "<text:sender-email>MARK</text:sender-email><text:print-date>MARK</text:print-date>"
        '<text:placeholder text:description="MARK">asked</text:placeholder> '
        '<text:user-field-get text:name="MARK">shown</text:user-field-get> '
        '<text:variable-set text:name="MARK" text:display="none" office:string-value="MARK">MARK'
        '</text:variable-set><text:hidden-text text:string-value="MARK" text:is-hidden="true">MARK'
        '</text:hidden-text><text:database-display text:database-name="MARK">cell'
        '</text:database-display> <text:script script:language="JavaScript">MARK</text:script>'
        '<text:date text:date-value="2024-01-01" text:fixed="true">1 January</text:date>'
    )
    + paragraph(
        frame(image("Pictures/photo.jpg"))
        + frame(image("./Pictures/logo.png"))
        + frame(image("https://MARK.example/a.png"))
        + frame(image("Pictures/cut.jpg"))
        + frame("<draw:object-ole xlink:href='./MARK'/>" + image("ObjectReplacements/x"))
        + frame('<draw:object xlink:href="./Object 9"/>' + image("./ObjectReplacements/Object 9"))
        + frame("<draw:text-box><text:p>boxed</text:p></draw:text-box>")
        + '<draw:control draw:control="MARK"/>'
    )
    + '<text:section text:name="MARK" text:display="none"><text:section-source '
    'xlink:href="file:///MARK.odt"/><text:p>section</text:p></text:section>'
    '<text:list xml:id="list8271" text:style-name="L1"><text:list-item><text:p>one</text:p>'
    '</text:list-item></text:list><text:list text:continue-list="list8271"><text:list-item>'
    "<text:p>two</text:p></text:list-item></text:list>"
    '<table:table table:name="MARK" loext:mark="MARK"><table:table-column/><table:table-row>'
    '<table:table-cell office:value-type="string" office:string-value="MARK" '
    'xhtml:about="MARK"><text:p>cell</text:p></table:table-cell></table:table-row></table:table>'
    f"<text:p>hid{HIDDEN}den</text:p>"
    '<text:p>noted<text:note text:id="ftn1" text:note-class="footnote"><text:note-citation>1'
    "</text:note-citation><text:note-body><text:p>foot</text:p></text:note-body></text:note></text:p>",
    '<office:scripts><office:event-listeners><script:event-listener xlink:href="MARK"/>'
    "</office:event-listeners></office:scripts><office:font-face-decls><style:font-face "
    'style:name="Amiri" svg:font-family="Amiri"><svg:font-face-src><svg:font-face-uri '
    'xlink:href="Fonts/MARK.ttf"/></svg:font-face-src></style:font-face></office:font-face-decls>'
    '<office:automatic-styles><style:style style:name="T1" style:family="text">'
    '<style:text-properties fo:font-weight="bold" officeooo:rsid="0MARK"/></style:style>'
    "</office:automatic-styles>",
)
TABLE: Final = content(
    "spreadsheet",
    f"<table:tracked-changes><table:cell-content-change>{CHANGE}</table:cell-content-change>"
    "</table:tracked-changes><table:content-validations><table:content-validation "
    'table:name="MARK"/></table:content-validations><table:table table:name="ورقة1">'
    '<office:forms><form:form form:name="MARK" xlink:href="http://MARK"/></office:forms>'
    f"<table:shapes>{frame(image('Pictures/photo.jpg'))}"
    + frame('<draw:object xlink:href="./Object 1"/>' + image("./ObjectReplacements/Object 1"))
    + '</table:shapes><table:table-column table:number-columns-repeated="2"/>'
    '<table:table-row><table:table-cell office:value-type="string" '
    f'table:content-validation-name="MARK">{NOTE}<text:p>name</text:p></table:table-cell>'
    '<table:table-cell office:value-type="float" office:value="12"><text:p>12</text:p>'
    '</table:table-cell></table:table-row><table:table-row table:visibility="collapse">'
    '<table:table-cell table:formula="of:=SUM([.B1:.B1])*Rate" office:value-type="float" '
    'office:value="12"/><table:table-cell table:formula="of:=WEBSERVICE(&quot;http://MARK&quot;)"/>'
    "<table:table-cell table:formula=\"of:='file:///MARK.ods'#$Sheet1.A1\" "
    'office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'
    "</table:table-row></table:table><table:table table:name=\"'file:///MARK.ods'#$Sheet1\">"
    '<table:table-source xlink:href="file:///MARK.ods"/><table:table-row><table:table-cell>'
    "<text:p>MARK</text:p></table:table-cell></table:table-row></table:table>"
    '<table:named-expressions><table:named-range table:name="Rate" '
    'table:cell-range-address="$\'ورقة1\'.$B$1"/><table:named-range table:name="MARK" '
    'table:cell-range-address="$A.$A$1"/></table:named-expressions>'
    '<table:database-ranges><table:database-range table:name="MARK"/></table:database-ranges>'
    '<table:dde-links><table:dde-link><office:dde-source office:dde-topic="MARK"/>'
    "</table:dde-link></table:dde-links>",
    '<office:automatic-styles><style:style style:name="ta2" style:family="table">'
    '<style:table-properties table:display="false"/></style:style><number:number-style '
    'style:name="N1" number:language="ar" number:country="JO"><number:number '
    'number:min-integer-digits="1"/></number:number-style></office:automatic-styles>',
)
CHART: Final = content(
    "chart",
    '<chart:chart chart:class="chart:bar" xlink:href=".." xlink:type="simple"><chart:title>'
    '<text:p>Rising</text:p></chart:title><chart:plot-area><chart:axis chart:dimension="x" '
    'chart:name="primary-x"/><chart:axis chart:name="MARK"/><chart:series '
    'chart:values-cell-range-address="local-table.$B$2:.$B$2"/></chart:plot-area>'
    '<table:table table:name="local-table"><table:table-rows><table:table-row><table:table-cell '
    'office:value-type="float" office:value="3"><text:p>3</text:p></table:table-cell>'
    "</table:table-row></table:table-rows></table:table></chart:chart>",
)
FORMULA: Final = xml(
    "math:math",
    "<math:semantics><math:mrow><math:mi>x</math:mi><math:mo>=</math:mo><math:mn>1</math:mn>"
    '</math:mrow><math:annotation math:encoding="StarMath 5.0">x = 1 %% MARK</math:annotation>'
    "</math:semantics>",
)
FILM: Final = (
    '<draw:plugin xlink:href="media/MARK.mp4"><draw:param draw:name="MARK"/></draw:plugin>'
)
SLIDES: Final = content(
    "presentation",
    '<presentation:header-decl presentation:name="hdr1">MARK</presentation:header-decl>'
    '<presentation:footer-decl presentation:name="MARK2">the footer</presentation:footer-decl>'
    '<draw:page draw:name="MARK1" draw:master-page-name="Standard" xml:id="MARK" '
    'draw:nav-order="MARK" presentation:use-footer-name="MARK2">'
    f"{frame('<draw:text-box><text:p>slide</text:p></draw:text-box>')}"
    f"{frame(image('Pictures/photo.jpg'))}"
    f"{frame(FILM)}"
    '<draw:custom-shape draw:name="MARK" draw:id="shape7"><office:event-listeners>'
    '<presentation:event-listener xlink:href="file:///MARK.sh"/></office:event-listeners>'
    '<text:p>shape <text:a xlink:href="#MARK3">next</text:a></text:p><draw:enhanced-geometry '
    'draw:type="rectangle"><draw:equation draw:name="f0" draw:formula="1"/>'
    "</draw:enhanced-geometry></draw:custom-shape>"
    '<draw:connector draw:start-shape="shape7" draw:end-shape="shape8"/>'
    f'<anim:par smil:begin="MARK.click"><anim:set smil:targetElement="shape7" smil:begin="0s"/>'
    f'</anim:par>{NOTE}<presentation:notes draw:style-name="dp2">'
    f"{frame('<draw:text-box><text:p>said aloud</text:p></draw:text-box>')}</presentation:notes>"
    '</draw:page><draw:page draw:name="MARK3"><draw:rect draw:name="MARK"/></draw:page>'
    '<presentation:settings presentation:show="MARK"/>',
)
DRAWING: Final = content(
    "drawing",
    '<draw:page draw:name="MARK"><draw:path draw:name="MARK" svg:d="M0 0L1 1" svg:width="1cm"/>'
    '<draw:g draw:name="MARK"><draw:rect svg:width="1cm"><text:p>boxed</text:p></draw:rect>'
    "</draw:g></draw:page>",
)
OBJECTS: Final = "".join(
    f'<manifest:file-entry manifest:full-path="{name}/" manifest:media-type="{KIND}{kind}"/>'
    for name, kind in (("Object 1", "chart"), ("Object 2", "formula"))
)
PICTURES: Final = {
    "Pictures/photo.jpg": SECRET_PICTURE,
    "Pictures/logo.png": pictures.SEEDS["screenshot"],
    "Pictures/cut.jpg": SECRET_PICTURE[:300],
    "ObjectReplacements/Object 9": b"VCLMTF MARK",
    "ObjectReplacements/x": b"VCLMTF MARK",
}


def good_documents() -> Iterator[tuple[str, bytes]]:
    """Yield documents that must come out with all that is seen of them."""
    plain = content("text", paragraph("nothing hidden"))
    yield (
        "odt: a letter with every kind of secret",
        document("text", LETTER, {"styles.xml": STYLES, **PICTURES, **LEAVINGS}),
    )
    yield (
        "ods: a table with every kind of secret",
        document(
            "spreadsheet",
            TABLE,
            {
                "styles.xml": STYLES,
                "Object 1/content.xml": CHART,
                "Object 1/styles.xml": STYLES,
                "Object 1/meta.xml": META,
                "Object 1/Pictures/logo.png": pictures.SEEDS["palette"],
                "ObjectReplacements/Object 1": b"VCLMTF MARK",
                **PICTURES,
                **LEAVINGS,
            },
            OBJECTS,
        ),
    )
    yield (
        "odp: slides with every kind of secret",
        document("presentation", SLIDES, {"styles.xml": STYLES, **PICTURES, **LEAVINGS}),
    )
    yield "odg: a drawing", document("graphics", DRAWING)
    yield "odt: nothing but a text", document("text", plain)
    yield (
        "odt: a formula",
        document(
            "text",
            content("text", paragraph(frame('<draw:object xlink:href="./Object 2"/>'))),
            {"Object 2/content.xml": FORMULA, "Object 2/settings.xml": SETTINGS},
            OBJECTS,
        ),
    )
    yield (
        "odt: a document in the document's document",
        document(
            "text",
            content("text", paragraph(frame('<draw:object xlink:href="Object 1"/>'))),
            {
                "Object 1/content.xml": content(
                    "chart", frame('<draw:object xlink:href="../Object 2"/>')
                ),
                "Object 2/content.xml": FORMULA,
            },
            OBJECTS,
        ),
    )
    yield (
        "odt: a picture that is written into the text",
        document(
            "text",
            content(
                "text",
                paragraph(
                    frame("<draw:image><office:binary-data>TUFSSw==</office:binary-data>")
                    .replace("<svg:title>", "</draw:image><svg:title>")
                    .replace("MARK\\a", "x")
                ),
            ),
        ),
    )
    yield (
        "odt: the same picture twice, and one that leads out",
        document(
            "text",
            content(
                "text",
                paragraph(
                    image("Pictures/photo.jpg")
                    + image("./Pictures/photo.jpg")
                    + image("../MARK.jpg")
                    + image("/Pictures/photo.jpg")
                    + image("Pictures/none.jpg")
                ),
            ),
            PICTURES,
        ),
    )
    yield (
        "odt: other prefixes for the same names",
        document("text", re.sub(b"(</?|xmlns:)text(?=:p|=)", rb"\1t", plain)),
    )
    yield (
        "ods: formulas of every language",
        document(
            "spreadsheet",
            content(
                "spreadsheet",
                '<table:table table:name="A"><table:table-row>'
                + "".join(
                    f'<table:table-cell table:formula="{formula}"/>'
                    for formula in (
                        *("=1+1", "of:=[.A1]/2", "MARK:=1", "of:=DDE(&quot;MARK&quot;)"),
                        *("of:=HYPERLINK(&quot;MARK&quot;)", "of:=INFO (&quot;MARK&quot;)"),
                    )
                )
                + "</table:table-row></table:table>",
            ),
        ),
    )


def bad_documents() -> Iterator[tuple[str, bytes]]:
    """Yield documents of which nothing may pass."""
    plain = content("text", paragraph("MARK"))
    locked = (
        '<manifest:file-entry manifest:full-path="x"><manifest:encryption-data/>'
        "</manifest:file-entry>"
    )
    yield "odt: a password", document("text", plain, more=locked)
    yield "odt: no content", packed({"mimetype": f"{KIND}text".encode(), "styles.xml": STYLES})
    yield "odt: a template", document("text-template", plain)
    yield "odb: a database", document("database", plain)
    yield "odt: another root", document("text", STYLES)
    yield (
        "odt: a content that declares something",
        document("text", plain.replace(b"?>", b"?><!DOCTYPE x [<!ENTITY x 'MARK'>]>", 1)),
    )
    yield "odt: styles that are not closed", document("text", plain, {"styles.xml": STYLES[:-9]})
    yield "odt: properties that are not closed", document("text", plain, {"meta.xml": META[:-9]})


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield every case: its name, the declared file name, the bytes."""
    for names in (good_documents(), bad_documents()):
        for name, file in names:
            yield name, f"file.{name[:3]}", file
