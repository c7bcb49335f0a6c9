/** The twin of `files/documents/pdf/cleaner.py`, which says what stays, what goes and what is out of reach. */

import { LIMITS } from "../../policy.ts";
import { join, UnreadableFileError, WholeFile } from "../../walker.ts";
import * as colours from "./colours.ts";
import * as content from "./content.ts";
import { Copier } from "./copier.ts";
import * as fonts from "./fonts.ts";
import { Layers } from "./layers.ts";
import { ACTIONS, Outline } from "./links.ts";
import { Pages } from "./pages.ts";
import * as pictures from "./pictures.ts";
import { bytesOf, Source } from "./source.ts";
import type { Entries } from "./syntax.ts";
import * as values from "./values.ts";
import { verifyPdf } from "./verify.ts";

const HEAD = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
const INFO: ReadonlyMap<string, string> = new Map([
    ["Author", "author"],
    ["Creator", "software"],
    ["Producer", "software"],
    ["CreationDate", "time"],
    ["ModDate", "time"],
    ["Title", "comment"],
    ["Subject", "comment"],
    ["Keywords", "comment"],
]);
const TRAILER = ["Size", "Root", "Info", "ID", "DocChecksum", "Prev", "XRefStm", "Type", "W", "Index", "Filter", "DecodeParms", "Length"];
const REVISION = /startxref[\0\t\n\f\r ]+[0-9]+[\0\t\n\f\r ]+%%EOF/g;
const LINEAR_WITHIN = 1024;
const RULES = { ...values.RULES, ...colours.RULES, ...pictures.RULES, ...fonts.RULES };
const OBJECTS = { ...colours.OBJECTS, ...pictures.OBJECTS, ...content.OBJECTS, ...fonts.OBJECTS };

/** Give it a PDF, get the same pages without their history. */
export class PdfCleaner extends WholeFile {
    protected readonly media = "application/pdf";

    protected rewrite(): Uint8Array {
        if (this.untrusted.length > LIMITS.pdf_bytes) throw new UnreadableFileError("file-too-large");
        const source = new Source(this.untrusted);
        const catalog = source.catalog();
        refuseShells(source, catalog);
        this.tell(source);
        const rules = { ...RULES };
        const note = (...categories: string[]): void => {
            this.note(categories);
        };
        const warn = (warning: string): void => {
            this.warnings.add(warning);
        };
        const copier = new Copier(source, rules, OBJECTS, note, warn);
        copier.put("");
        const layers = new Layers(copier, catalog.get("OCProperties") ?? null);
        const pages = new Pages(copier, catalog.get("Pages") ?? null);
        Object.assign(rules, layers.rules(), { parent: () => pages.ref });
        const links = pages.add(catalog);
        const outline = new Outline(copier, links).write(catalog.get("Outlines") ?? null);
        this.leave(copier, catalog);
        const [, ...objects] = copier.finish();
        const properties = layers.properties();
        const words = ["/Type /Catalog", `/Pages ${pages.ref}`];
        if (outline !== undefined) words.push(`/Outlines ${outline}`);
        if (properties !== undefined) words.push(`/OCProperties ${properties}`);
        return fileOf([`<< ${words.join(" ")} >>`, ...objects]);
    }

    protected verify(clean: Uint8Array): void {
        verifyPdf(clean);
    }

    /** Note what the file tells outside its pages. */
    private tell(source: Source): void {
        const { trailer, text } = source;
        for (const key of source.entries(trailer.get("Info")).keys()) this.note([INFO.get(key) ?? "unknown"]);
        if (trailer.has("ID") || trailer.has("DocChecksum")) this.note(["identifier"]);
        if ([...trailer.keys()].some((key) => !TRAILER.includes(key))) this.note(["unknown"]);
        const ends = [...text.matchAll(REVISION)].map((match) => match.index + match[0].length);
        if (ends.length > (text.slice(0, LINEAR_WITHIN).includes("/Linearized") ? 2 : 1)) this.note(["history"]);
        if (!text.startsWith("%PDF-")) this.note(["unknown"]);
        const end = ends.at(-1);
        if (end !== undefined && /[^\0\t\n\f\r ]/.test(text.slice(end))) this.note(["trailer"]);
    }

    /** Note what the catalog tells beside the pages (§7.7.2). */
    private leave(copier: Copier, catalog: Entries): void {
        const { source } = copier;
        copier.leave(catalog, ["AcroForm", "OpenAction", "StructTreeRoot"]);
        const names = source.entries(catalog.get("Names"));
        copier.leave(names, ["Dests"]);
        if (names.has("EmbeddedFiles") || catalog.has("AF")) this.warnings.add("files-dropped");
        const kind = source.name(source.entries(catalog.get("OpenAction")).get("S"));
        if (kind !== undefined && kind !== "GoTo") this.note([ACTIONS.get(kind) ?? "script"]);
        if (catalog.has("StructTreeRoot")) this.note(["unknown"]);
        const form = source.entries(catalog.get("AcroForm"));
        copier.leave(form, ["Fields", "DR", "DA", "Q", "NeedAppearances", "SigFlags", "CO"]);
        if (form.size > 0) this.warnings.add("forms-flattened");
    }
}

/** Refuse files whose pages only say that another program is needed. */
function refuseShells(source: Source, catalog: Entries): void {
    const form = source.entries(catalog.get("AcroForm"));
    const dynamic = form.has("XFA") && source.value(catalog.get("NeedsRendering")) === true;
    const files = source.entries(catalog.get("Names")).has("EmbeddedFiles");
    if (dynamic || (files && catalog.has("Collection"))) throw new UnreadableFileError("pdf-portfolio");
}

/** A file of *objects*, with one table of where they are (§7.5). */
function fileOf(objects: readonly (string | Uint8Array)[]): Uint8Array {
    const parts = [bytesOf(HEAD)];
    let at = HEAD.length;
    let places = "";
    objects.forEach((object, i) => {
        const body = typeof object === "string" ? bytesOf(object) : object;
        const part = join([bytesOf(`${i + 1} 0 obj\n`), body, bytesOf("\nendobj\n")]);
        parts.push(part);
        places += `${String(at).padStart(10, "0")} 00000 n \n`;
        at += part.length;
    });
    const size = objects.length + 1;
    const table = `xref\n0 ${size}\n0000000000 65535 f \n${places}`;
    return join([...parts, bytesOf(`${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`)]);
}
