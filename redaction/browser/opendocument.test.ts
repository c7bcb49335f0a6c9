import { expect, test } from "vitest";

import { Archive, writeArchive } from "./documents/archive.ts";
import { OpenDocumentCleaner } from "./documents/opendocument/cleaner.ts";
import { verifyOpenDocument } from "./documents/opendocument/verify.ts";
import { isUnreadable } from "./walker.ts";

const NAMES = ["office", "text", "draw:drawing", "svg:svg-compatible"].map((name) => {
    const [prefix = "", last = prefix] = name.split(":");
    return `xmlns:${prefix}="urn:oasis:names:tc:opendocument:xmlns:${last}:1.0"`;
});
const DECLARED = `${NAMES.join(" ")} xmlns:xlink="http://www.w3.org/1999/xlink"`;

function bytes(text: string): Uint8Array {
    return new TextEncoder().encode(text);
}

function letter(body: string, files: readonly (readonly [string, Uint8Array])[] = []): Uint8Array {
    const content = `<office:document-content ${DECLARED}><office:body><office:text>${body}</office:text></office:body></office:document-content>`;
    const first = ["mimetype", bytes("application/vnd.oasis.opendocument.text")] as const;
    return writeArchive([first, ["content.xml", bytes(content)], ...files], new Set(["mimetype"]));
}

function members(archive: Uint8Array): Map<string, Uint8Array> {
    const opened = new Archive(archive);
    return new Map(opened.names.map((name) => [name, opened.read(name)]));
}

test("a drawing in a document goes here, where nobody cleans it, and Python keeps it", () => {
    const drawing = bytes('<svg xmlns="http://www.w3.org/2000/svg"/>');
    const file = letter('<text:p><draw:frame><draw:image xlink:href="Pictures/a.svg"/></draw:frame>seen</text:p>', [["Pictures/a.svg", drawing]]);
    const { bytes: clean, removed, warnings } = new OpenDocumentCleaner(file).clean();

    expect([...members(clean).keys()]).toEqual(["mimetype", "content.xml", "META-INF/manifest.xml"]);
    expect(removed).toEqual(["attachment"]);
    expect(warnings).toEqual(["files-dropped"]);
});

test.each([
    ["content.xml", "<text:p>", "<text:p text:id='x'>"],
    ["content.xml", "<text:p>", '<text:p text:id="x">'],
    ["content.xml", "<text:p>", "<text:author-name/><text:p>"],
    ["content.xml", "mark1", "mine"],
    ["content.xml", "https://example.org/", "file:///x"],
    ["content.xml", "<office:text>", "<office:text>x"],
    ["content.xml", "<office:text>", "<office:text><!--x-->"],
    ["content.xml", "seen", "se\u200ben"],
    ["content.xml", "</office:text>", ""],
    ["content.xml", "drawing:1.0", "drawing:9.9"],
    ["META-INF/manifest.xml", "content.xml", "other.xml"],
    ["META-INF/manifest.xml", "1.3", "1.2"],
    ["mimetype", ".text", ".database"],
])("the second reading refuses %s with %s as %s", (name, old, fresh) => {
    const body = '<text:p><draw:frame/><text:bookmark text:name="b"/><text:a xlink:href="https://example.org/">seen</text:a></text:p>';
    const clean = members(new OpenDocumentCleaner(letter(body)).clean().bytes);
    verifyOpenDocument(clean);
    const text = new TextDecoder().decode(clean.get(name));
    expect(text).toContain(old);

    let refused = false;
    try {
        verifyOpenDocument(new Map([...clean, [name, bytes(text.replace(old, fresh))]]));
    } catch (error) {
        refused = isUnreadable(error);
    }
    expect(refused).toBe(true);
});
