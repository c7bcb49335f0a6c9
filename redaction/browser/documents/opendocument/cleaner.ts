/** The twin of `files/documents/opendocument/cleaner.py`, which says what stays, what goes and what is out of reach. */

import { cleanInner } from "../../inner.ts";
import { asLatin1, TYPES } from "../../policy.ts";
import { isUnreadable, UnreadableFileError } from "../../walker.ts";
import type { Archive } from "../archive.ts";
import { type Member, Package } from "../package.ts";
import { DECLARATION } from "../rewriter.ts";
import { escapeValue, Kind, XmlReader } from "../xml.ts";
import { type Files, Mentions, OpenMarkup, shared, VERSION } from "./markup.ts";
import { KINDS, PICTURES, SETTINGS, SOUND_AND_FILM, TOLD_BY_PROPERTY, VOCABULARY } from "./rules.ts";
import { verifyOpenDocument } from "./verify.ts";

const MIMETYPE = "mimetype";
const MANIFEST = "META-INF/manifest.xml";
const WHOLE = ["text", "spreadsheet", "presentation", "drawing"];
const ROOTS = [
    ["content.xml", ["office:document-content", "math:math"]],
    ["styles.xml", ["office:document-styles"]],
] as const;
/** What is dropped, by the beginning of its name, and what it tells. */
const TOLD_BY_NAME: readonly (readonly [start: string, category: string])[] = [
    ["Thumbnails/", "thumbnail"],
    ["Basic/", "script"],
    ["Scripts/", "script"],
    ["Dialogs/", "script"],
    ["META-INF/", "identifier"],
    ["Configurations2/", "software"],
    ["Versions/", "history"],
    ["VersionList.xml", "history"],
    ["Pictures/", "attachment"],
    ["media/", "attachment"],
    ["ObjectReplacements/", "thumbnail"],
    ["layout-cache", ""],
    ["manifest.rdf", ""],
];

interface InnerFile {
    readonly bytes: Uint8Array;
    readonly media: string;
}

/** Cleans one file; `media` says which of the four kinds it is. */
export class OpenDocumentCleaner extends Package {
    protected media = "application/vnd.oasis.opendocument.text";
    protected override readonly stored = new Set([MIMETYPE]);
    private archive!: Archive;
    private types: ReadonlyMap<string, string> = new Map();
    private readonly met = new Set([MIMETYPE, MANIFEST]);
    private readonly inner = new Map<string, InnerFile | undefined>();
    private count = 0;
    private readonly files: { readonly name: string; readonly bytes: Uint8Array; readonly media: string }[] = [];
    private readonly folders: (readonly [name: string, media: string])[] = [];

    protected repack(archive: Archive): Member[] {
        this.archive = archive;
        this.media = asLatin1(archive.read(MIMETYPE)).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
        const kind = KINDS.get(this.media) ?? "";
        if (!WHOLE.includes(kind)) throw new UnreadableFileError("document-kind");
        this.types = this.readManifest();
        const parts = [...new Document(this, "", "", kind).parts(), ...this.settings()];
        this.properties();
        this.reportTheRest();
        const listed = [
            ["/", this.media] as const,
            ...parts.map(([name]) => [name, "text/xml"] as const),
            ...this.folders,
            ...this.files.map(({ name, media }) => [name, media] as const),
        ];
        return [
            [MIMETYPE, new TextEncoder().encode(this.media)],
            ...parts,
            ...this.files.map(({ name, bytes }) => [name, bytes] as const),
            [MANIFEST, manifest(listed)],
        ];
    }

    protected check(members: ReadonlyMap<string, Uint8Array>): void {
        verifyOpenDocument(members);
    }

    /** A member, remembered to have been of use. */
    read(name: string): Uint8Array | undefined {
        if (!this.archive.has(name)) return undefined;
        this.met.add(name);
        return this.archive.read(name);
    }

    /** The kind of a document in the document. */
    typeOf(folder: string): string {
        return KINDS.get(this.types.get(`${folder}/`) ?? "") ?? "";
    }

    report(removed: Iterable<string>, warnings: Iterable<string>): void {
        this.note(removed);
        for (const warning of warnings) this.warnings.add(warning);
    }

    /** Clean a picture, or sound or film; return its new name in *folder*. */
    addFile(source: string, folder: string, film: boolean): string | undefined {
        if (!this.inner.has(source)) this.inner.set(source, this.cleanFile(source));
        const inner = this.inner.get(source);
        if (inner === undefined || !(film ? SOUND_AND_FILM : PICTURES).includes(inner.media)) return undefined;
        const extension = TYPES.find((type) => type.media === inner.media)?.extension ?? "bin";
        const name = `${film ? "media" : "Pictures"}/${++this.count}.${extension}`;
        this.files.push({ name: folder + name, ...inner });
        return name;
    }

    /** Clean a document in the document, of which the folder is known. */
    addDocument(source: string, folder: string, kind: string): void {
        const parts = new Document(this, `${source}/`, `${folder}/`, kind).parts();
        const media = [...KINDS].find(([, known]) => known === kind)?.[0] ?? "";
        this.folders.push([`${folder}/`, media]);
        for (const [name, bytes] of parts) this.files.push({ name, bytes, media: "text/xml" });
    }

    private cleanFile(name: string): InnerFile | undefined {
        const data = this.read(name);
        if (data === undefined) return undefined;
        try {
            const { bytes, media, removed, warnings } = cleanInner(data, this.depth);
            if ([...PICTURES, ...SOUND_AND_FILM].includes(media)) {
                this.report(removed, warnings);
                return { bytes, media };
            }
        } catch (error) {
            if (!isUnreadable(error)) throw error;
        }
        this.report(["attachment"], ["files-dropped"]);
        return undefined;
    }

    /** The types of folders and members; what is locked is refused. */
    private readManifest(): Map<string, string> {
        const types = new Map<string, string>();
        if (!this.archive.has(MANIFEST)) return types;
        for (const [tag] of new XmlReader(this.archive.read(MANIFEST), VOCABULARY.prefixes, true)) {
            if (tag.name === "manifest:encryption-data") throw new UnreadableFileError("archive-encrypted");
            if (tag.name !== "manifest:file-entry" || tag.kind === Kind.END) continue;
            types.set(tag.attributes.get("manifest:full-path") ?? "", tag.attributes.get("manifest:media-type") ?? "");
        }
        return types;
    }

    /** The settings that decide how lines break, if there are any. */
    private settings(): Member[] {
        const kept = new Map<string, string>();
        for (const [tag, text] of this.tagsOf("settings.xml")) {
            const name = tag.attributes.get("config:name") ?? "";
            if (SETTINGS.has(name) && (text === "true" || text === "false")) kept.set(name, text);
            else if (name.startsWith("Printer") && !["", "true", "false"].includes(text)) this.note(["device"]);
            else if (name.startsWith("Rsid")) this.note(["history"]);
        }
        return kept.size > 0 ? [["settings.xml", settings(kept)]] : [];
    }

    /** Read the properties for what they tell; none of them stays. */
    private properties(): void {
        for (const [tag, text] of this.tagsOf("meta.xml")) {
            const told = TOLD_BY_PROPERTY.get(tag.name);
            if (told !== undefined && (/[^ \t\n]/u.test(text) || tag.attributes.size > 0)) this.note([told]);
        }
    }

    private tagsOf(name: string): Iterable<Read> {
        const data = this.read(name);
        return data === undefined ? [] : new XmlReader(data, VOCABULARY.prefixes);
    }

    /** Tell of what does not come along. */
    private reportTheRest(): void {
        for (const name of this.archive.names) {
            if (this.met.has(name)) continue;
            const category = TOLD_BY_NAME.find(([start]) => name.startsWith(start))?.[1] ?? "unknown";
            if (category !== "") this.note([category]);
        }
    }
}

type Read = XmlReader extends Iterable<infer T> ? T : never;

/** A document and, for its parts, the way to the other files of the package. */
class Document implements Files {
    private readonly package_: OpenDocumentCleaner;
    private readonly source: string;
    private readonly folder: string;
    private readonly kind: string;
    private readonly pictures = new Map<string, string | undefined>();
    private readonly documents = new Map<string, string | undefined>();

    constructor(package_: OpenDocumentCleaner, source: string, folder: string, kind: string) {
        this.package_ = package_;
        this.source = source;
        this.folder = folder;
        this.kind = kind;
    }

    /** Contents and styles; raises `UnreadableFileError`. */
    parts(): Member[] {
        const content = this.package_.read(`${this.source}content.xml`);
        if (content === undefined) throw new UnreadableFileError("document-malformed");
        const [mentions, names] = [new Mentions(content), shared()];
        const parts: Member[] = [];
        for (const [name, roots] of ROOTS) {
            const data = this.package_.read(this.source + name);
            if (data === undefined) continue;
            const markup = new OpenMarkup(this.kind, this, names, mentions);
            const text = markup.rewrite(data);
            if (!roots.some((root) => root === markup.root)) throw new UnreadableFileError("document-malformed");
            this.package_.report(markup.removed, markup.warnings);
            parts.push([this.folder + name, new TextEncoder().encode(text)]);
        }
        return parts;
    }

    picture(href: string, film: boolean): string | undefined {
        const key = `${film} ${href}`;
        if (!this.pictures.has(key)) this.pictures.set(key, this.addPicture(href, film));
        return this.pictures.get(key);
    }

    document(href: string): string | undefined {
        if (!this.documents.has(href)) this.documents.set(href, this.addDocument(href));
        return this.documents.get(href);
    }

    private addPicture(href: string, film: boolean): string | undefined {
        const source = this.inside(href);
        if (source === undefined) {
            this.package_.report(["link"], []);
            return undefined;
        }
        const replacements = `${this.source}ObjectReplacements/`;
        const object = source.startsWith(replacements) ? this.documents.get(`./${source.slice(replacements.length)}`) : undefined;
        return object === undefined ? this.package_.addFile(source, this.folder, film) : undefined;
    }

    private addDocument(href: string): string | undefined {
        const source = this.inside(href);
        const kind = source === undefined || this.folder !== "" ? "" : this.package_.typeOf(source);
        if (source === undefined || kind === "") {
            this.package_.report(["attachment"], ["files-dropped"]);
            return undefined;
        }
        const name = `Object ${[...this.documents.values()].filter((one) => one !== undefined).length + 1}`;
        this.package_.addDocument(source, name, kind);
        return `./${name}`;
    }

    /** The member or folder that an address within the package means. */
    private inside(href: string): string | undefined {
        if (href.includes(":") || href.startsWith("/") || href.startsWith("#")) return undefined;
        const steps: string[] = [];
        for (const step of (this.source + href).split("/")) {
            if (step === ".." && steps.length > 0 && steps.at(-1) !== "..") steps.pop();
            else if (step !== "" && step !== ".") steps.push(step);
        }
        const path = steps.length > 0 ? steps.join("/") : ".";
        return path.startsWith("..") ? undefined : path;
    }
}

function settings(kept: ReadonlyMap<string, string>): Uint8Array {
    const [office = "", config = ""] = ["office", "config"].map((prefix) => VOCABULARY.uris.get(prefix));
    const items = [...kept]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `<config:config-item config:name="${name}" config:type="boolean">${value}</config:config-item>`);
    return new TextEncoder().encode(
        `${DECLARATION}<office:document-settings xmlns:office="${office}" xmlns:config="${config}" office:version="${VERSION}">` +
            `<office:settings><config:config-item-set config:name="ooo:configuration-settings">${items.join("")}` +
            "</config:config-item-set></office:settings></office:document-settings>",
    );
}

function manifest(listed: readonly (readonly [name: string, media: string])[]): Uint8Array {
    const rows = listed.map(
        ([name, media]) => `<manifest:file-entry manifest:full-path="${escapeValue(name)}" manifest:media-type="${media}"/>`,
    );
    const uri = VOCABULARY.uris.get("manifest") ?? "";
    return new TextEncoder().encode(
        `${DECLARATION}<manifest:manifest xmlns:manifest="${uri}" manifest:version="${VERSION}">${rows.join("")}</manifest:manifest>`,
    );
}
