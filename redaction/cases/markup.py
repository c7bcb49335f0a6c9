"""Drawings and pages with planted secrets. Every secret carries the word MARK."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Final

from redaction.cases.pictures import SEEDS
from redaction.cases.texts import HIDDEN

DAMAGED: Final = ("svg: a drawing from Inkscape", "html: a page saved by a browser")
SVG: Final = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
PNG: Final = "data:image/png;base64," + b64encode(SEEDS["screenshot"]).decode()
JPEG: Final = "data:image/jpeg;base64," + b64encode(SEEDS["photograph"]).decode()
INKSCAPE: Final = f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- Created with Inkscape (MARK) -->
<svg {SVG} xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://creativecommons.org/ns#"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
  xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"
  width="210.5mm" height="297mm" viewBox="0 0 210.5 297" version="1.1" id="MARK8"
  inkscape:version="1.2 (MARK)" sodipodi:docname="MARK.svg"
  inkscape:export-filename="/home/MARK/a.png" inkscape:export-xdpi="96">
 <sodipodi:namedview id="base" inkscape:current-layer="MARK"><inkscape:grid/></sodipodi:namedview>
 <title>MARK</title>
 <desc>MARK</desc>
 <defs id="defs2">
  <linearGradient id="MARKgradient"><stop offset="0" style="stop-color:#f00;stop-opacity:1"/>
   <stop offset="1" stop-color="rgb(0, 0, 255)"/></linearGradient>
  <linearGradient id="second" xlink:href="#MARKgradient" gradientTransform="rotate(90)"/>
  <clipPath id="clip-MARK"><rect width="10" height="10"/></clipPath>
  <style id="s" type="text/css"><![CDATA[
   /* MARK */ @import url("https://MARK.example/x.css");
   @font-face {{ font-family: MARK; src: url(data:font/woff;base64,TUFSSw==) }}
   .MARK > path, g.st0 text {{ fill: url(#second); stroke:none }}
   .unused, #nobody {{ fill: url(https://MARK.example/) }}
   .st0:hover {{ opacity: .5 !important }}
  ]]></style>
 </defs>
 <metadata id="m"><rdf:RDF><cc:Work rdf:about="MARK"><dc:format>image/svg+xml</dc:format>
  <dc:creator><cc:Agent><dc:title>MARK</dc:title></cc:Agent></dc:creator><dc:date>2024</dc:date>
  <dc:coverage>MARK</dc:coverage></cc:Work></rdf:RDF></metadata>
 <g class="MARK st0 other" inkscape:label="MARK" inkscape:groupmode="layer" data-MARK="MARK"
  clip-path="url(#clip-MARK)" aria-label="MARK">
  <path d="M 0,0 L 10,10 C 1 1 2.5-2 3e1,.5 z" id="path1" inkscape:connector-curvature="0"/>
  <text x="1" y="2" xml:space="preserve" style="font-family:'Noto Sans Arabic', sans-serif;
   -inkscape-font-specification:'MARK'">مرح{HIDDEN}با<tspan fill="red"> &amp; more</tspan></text>
 </g>
</svg>
""".replace("data-MARK", "data-note")


def svg(inside: str, root: str = "") -> bytes:
    """Return a drawing."""
    return f'<svg {SVG} viewBox="0 0 10 10"{root}>{inside}</svg>'.encode()


def good_svgs() -> Iterator[tuple[str, bytes]]:
    """Yield drawings whose shapes must come out as they were."""
    yield "a drawing from Inkscape", INKSCAPE.encode()
    yield (
        "the same in UTF-16",
        b"\xff\xfe" + INKSCAPE.replace("UTF-8", "UTF-16").encode("utf-16-le"),
    )
    yield (
        "shapes only stay as they are",
        svg(
            '<g transform="translate(1,2) rotate(-3.5)"><rect x="1" y="2" width="3" height="4"/>'
            '<polygon points="0,0 1,1 2,0"/><text x="1">a <tspan dy="1em">b</tspan></text></g>',
            ' width="100%" height="12.0px" preserveAspectRatio="xMidYMid slice"',
        ),
    )
    yield (
        "a document type that only names itself",
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">' + svg("<path d='M0 0h1'/>"),
    )
    yield (
        "pictures inside it are cleaned",
        svg(f'<image width="5" height="5" href="{PNG}"/><image xlink:href="\n{JPEG}\n"/>'),
    )
    yield "a picture cut short goes", svg(f'<image href="{JPEG[:2000]}"/><circle r="1"/>')
    yield (
        "pictures from elsewhere go",
        svg(
            '<image href="https://MARK.example/p.png"/><image xlink:href="file:///MARK/a.png"/>'
            '<use href="https://MARK.example/a.svg#x"/><feImage href="../MARK.png"/>'
            '<rect fill="url(https://MARK.example/#a)" style="filter:url(MARK.svg#f);fill:red"/>'
            '<image href="data:text/html;base64,TUFSSw=="/><image href="data:,MARK"/>'
        ),
    )
    yield (
        "commands go",
        svg(
            "<script>MARK</script><rect onclick='MARK()' width='1' height='1'/>"
            "<a href='javascript:MARK()'><rect/></a><set attributeName='x' to='MARK'/>"
            "<animate attributeName='href' values='#MARK'/><handler>MARK</handler>",
            " onload='MARK()'",
        ),
    )
    yield (
        "links lead nowhere",
        svg(
            "<a href='https://MARK.example'><rect width='1'/></a>"
            "<text>a<a xlink:href='https://MARK.example'>b</a>c</text>"
        ),
    )
    yield (
        "pages and fonts inside it go",
        svg(
            "<switch><foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>MARK</p>"
            "</foreignObject><text>shown</text></switch><font id='MARK'><glyph/></font>"
            "<x:secret xmlns:x='urn:MARK' x:a='MARK'>MARK<path d='M0 0'/></x:secret>MARK"
        ),
    )
    yield (
        "values that are none go",
        svg(
            "<rect width='MARK' height='5' fill='expression(MARK)' transform='MARK(1)'"
            " style='fill:red;background:url(x);stroke:\\4d ARK' color='/MARK/'/>"
            "<path d='M0 0 MARK?'/><circle r='1e5' cx='-.5e-2' cy='+3.' fill=' #abc '/>"
        ),
    )
    yield (
        "a filter's own names become numbers",
        svg(
            "<filter id='MARK'><feGaussianBlur in='SourceAlpha' stdDeviation='2' result='MARKa'/>"
            "<feOffset in='MARKa' result='b'/><feMerge><feMergeNode in='b'/>"
            "<feMergeNode in='SourceGraphic'/></feMerge></filter>"
            "<rect filter='url(#MARK)'/><rect filter=\"url('#MARK')\"/>"
        ),
    )
    yield (
        "parts that only lead to each other",
        svg(
            "<animate href='#a'/><g id='a'><use href='#b'/></g><g id='b' class='x'/>"
            "<style>.x{fill:url(#gone)} .y{fill:red} #b{fill:blue}</style>"
        ),
    )
    yield (
        "what is hidden is told",
        svg("<g display='none'><text>draft</text></g><style>rect{visibility:hidden}</style>"),
    )
    yield (
        "other prefixes for the same names",
        (
            b'<svg:svg xmlns:svg="http://www.w3.org/2000/svg" xmlns:l="http://www.w3.org/1999/xlink">'
            b'<svg:path id="p" d="M0 0"/><svg:use l:href="#p"/></svg:svg>'
        ),
    )
    yield "an instruction before it", b'<?xml version="1.0"?><!--MARK--><!--MARK-->' + svg("<g/>")


def bad_svgs() -> Iterator[tuple[str, bytes]]:
    """Yield drawings of which nothing may pass."""
    yield (
        "entities of its own",
        (b'<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg">&MARK;</svg>'),
    )
    yield "a drawing in no namespace", b"<svg width='1'><path d='M0 0'/></svg>"
    yield "not closed", svg("<g>")[:-6]
    yield "closed twice", svg("</g>")
    yield "two drawings", svg("<g/>") + svg("<text>MARK</text>")


SAVED: Final = f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "MARK">
<!-- saved from url=(0042)https://example.org/?user=MARK -->
<html lang="ar-JO" dir="rtl" xmlns="http://www.w3.org/1999/xhtml"><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta name="author" content="MARK"><meta name=Generator content=MARK>
<meta property="article:published_time" content="MARK"><meta name="geo.position" content="MARK">
<meta name="keywords" content="MARK"><meta http-equiv="refresh" content="1;url=https://MARK.example">
<title>MARK</title><base href="https://MARK.example/"><link rel=stylesheet href=MARK.css>
<style>.x{{background:url(https://MARK.example)}}</style><script>if (1 < 2) "</p>MARK"</script>
</head><body onload="MARK()" class=MARK bgcolor="#MARK">
<h1 id="MARK" data-user="MARK" title="MARK">عن{HIDDEN}وان &amp; more</h1>
<p>First<p>Second <b>bold <i>both</b> tail</i><br>line<br/>
<a href="https://example.org/?utm_source=MARK&v=2&copy=1" target="MARK" ping="https://MARK">link</a>
<a href="#MARK">in</a> <a href=javascript:MARK>js</a><a name=MARK>n</a> <a href="MARK.html">f</a>
<a href="mailto:desk@example.org?subject=MARK">mail</a></p>
<img src="https://MARK.example/pixel.gif" width=1 height=1><img src="MARK_files/a.jpg" alt="MARK">
<img width="20" height="20px" src="{PNG}" srcset="MARK.png 2x" alt="MARK" onerror=MARK>
<img src="data:text/html;base64,TUFSSw=="><img src="{JPEG[:2000]}">
<table border=1 background="https://MARK"><caption>t<tr><td colspan=2
 style="text-align:right;background:url(https://MARK);color:red">a<td>b<tr><th scope=row>c</table>
<form action="https://MARK"><input type=hidden name=token value=MARK><input value="MARK">
<select name=MARK><option value=MARK>one<option selected>two</select><textarea>typed <b></textarea>
<button onclick=MARK>go</button></form>
<iframe src="https://MARK"></iframe><object data="MARK.swf">instead</object><applet>MARK</applet>
<svg><title>MARK</title><script>MARK</script><text>drawn</text></svg>
<noscript><img src="https://MARK">MARK</noscript><template>MARK</template>
<ul><li>1<li>2</ul><ol start=3 type=a><li value=7>3</ol><pre>
 a
  b</pre><my-part data-z=MARK>custom</my-part> 5 < 6 &lt; 7 &nbsp;.&#x200b; &unknown; &#77;
</body></html>
"""


def page(inside: str) -> bytes:
    """Return a page."""
    return f"<!DOCTYPE html><html><body>{inside}</body></html>".encode()


def good_pages() -> Iterator[tuple[str, bytes]]:
    """Yield pages whose words must come out."""
    yield "a page saved by a browser", SAVED.encode()
    yield "the same in UTF-16", b"\xfe\xff" + SAVED.encode("utf-16-be")
    yield "a fragment", b"<html><p>One<p>Two"
    yield (
        "the page that we write ourselves",
        (
            b'<!DOCTYPE html>\n<html lang="ar" dir="rtl"><head><meta charset="utf-8">'
            b"<title>Page</title></head><body><p>a\n<em>b</em></p>\n</body></html>\n"
        ),
    )
    yield (
        "XHTML",
        (
            b'<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
            b"<head><title/></head><body><br /><p>a<![CDATA[ < b]]></p><?php MARK ?></body></html>"
        ),
    )
    yield (
        "what is hidden can be seen, and a warning says so",
        page(
            "<div style='display: none'>one</div><span hidden>two</span>"
            "<i style='font-size:0'>three</i><b style='color:#fff'>four</b>"
        ),
    )
    yield (
        "elements that are closed in any order",
        page("</p><b><p>a</b>b</p></i></table><td>c</div><table><tr><td>d<table><tr><td>e"),
    )
    yield "text behind the end", b"<html><body>a</body></html>\n b <!-- MARK --> \n"
    yield (
        "comments of every kind",
        page("a<!-- MARK --><!--[if mso]>MARK<![endif]--><![if !mso]>b<![endif]><!MARK></ MARK>"),
    )
    yield (
        "signs that begin no tag",
        page("1<2, a<-b, <3, x < y & z, &#x41;&#65;&amp;lt; &copy; &notit; &#0; &#xD800;"),
    )
    yield (
        "Word's own markup",
        page(
            "<p class=MsoNormal style='mso-style-name:MARK;text-align:center' lang=AR-JO>"
            "a<o:p>&nbsp;</o:p></p><w:sdt id=MARK>b</w:sdt>"
        ),
    )
    yield "an address in capitals", page("<A HREF='HTTPS://example.org/A?FBCLID=MARK'>x</A>")


def bad_pages() -> Iterator[tuple[str, bytes]]:
    """Yield pages of which nothing may pass."""
    yield "a comment without end", page("a<!-- MARK")
    yield "a tag without end", b"<html><body><p title='MARK"
    yield "elements without end", page("<b>" * 300)
    yield "another encoding far behind", b"<html>" + b"a" * 5000 + b"\xe3\xd1MARK"


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield every case: its name, the declared file name, the bytes."""
    for names, extension in (
        (good_svgs(), "svg"),
        (bad_svgs(), "svg"),
        (good_pages(), "html"),
        (bad_pages(), "html"),
    ):
        for name, file in names:
            yield f"{extension}: {name}", f"drawing.{extension}", file
