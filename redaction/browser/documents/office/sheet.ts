/** The twin of `files/documents/office/sheet.py`: tables. */

import { cleanLink } from "../../links.ts";
import type { Element } from "../rewriter.ts";
import type { Tag } from "../xml.ts";
import { Markup, type Shared } from "./markup.ts";
import { type Links, RULES } from "./parts.ts";

const FORMULAS = ["x:calculatedColumnFormula", "x:totalsRowFormula"];
const CONDITIONS: Readonly<Record<string, string>> = {
    "x:formula": "x:cfRule",
    "x:formula1": "x:dataValidation",
    "x:formula2": "x:dataValidation",
};
/** What goes when nothing is left in it, and carries no count that could be wrong. */
const LISTS = ["x:definedNames", "x:dataValidations", "x:conditionalFormatting", "x:hyperlinks", "x:tableParts"];
const STRING = /"((?:[^"]|"")*)"/g;
const FILE = /(?<![A-Za-z0-9_.\]])\[[0-9]+\]|\[[^[\]]*\.(?:xl[a-z]{1,2}|csv|ods|txt|html?)\]|\\|\||file:/i;
const PATH = /[a-z]:\\|^\\\\[a-z0-9]|^file:/i;
const CALLS = new RegExp(`(?:${RULES.formulas.replaceAll(".", "\\.").replaceAll(" ", "|")})\\(`, "i");
const WEB = /^https?:/i;
const USED = /<c [^>]*t="s"[^>]*>(?:<f[^>]*(?:\/>|>[^<]*<\/f>))?<v>([0-9]{1,9})<\/v>/g;
const STRING_ITEM = /<si>[^]*?<\/si>|<si\/>/g;
const NO_STRING = "<si><t></t></si>";

/** A part of a table document. */
export class SheetMarkup extends Markup {
    private readonly lostFormulas = new Set<string>();

    constructor(links: Links, outer: Links | undefined, shared: Shared) {
        super(links, outer, shared);
        this.hook([...FORMULAS, ...Object.keys(CONDITIONS)], (tag) => this.formula(tag));
        this.hook(["x:cfRule", "x:dataValidation"], (tag) => this.frame(tag));
        this.hook(LISTS, (tag) => this.listed(tag));
        this.hook(["x:row"], (tag) => this.row(tag));
        this.hook(["x:col"], (tag) => this.column(tag));
        this.hook(["x:definedName"], (tag) => this.definedName(tag));
        this.hook(["x:f"], (tag) => this.cellFormula(tag));
        this.hook(["x:sheet"], (tag) => this.sheet(tag));
        this.hook(["x:hyperlink"], (tag) => this.hyperlink(tag));
    }

    private column(tag: Tag): Element {
        this.hides(tag);
        return this.copied(tag);
    }

    private row(tag: Tag): Element {
        this.hides(tag);
        return this.copied(tag, { leave: (element) => this.rowEnd(element) });
    }

    /** Keep a finished row as one piece: large tables have millions of small ones. */
    private rowEnd({ start }: Element): boolean {
        this.pieces.push(this.pieces.splice(start).join(""));
        return true;
    }

    private sheet(tag: Tag): Element {
        if ((tag.attributes.get("state") ?? "visible") !== "visible") this.warnings.add("hidden-content");
        return this.needy(tag);
    }

    private listed(tag: Tag): Element {
        const attributes = this.kept(tag);
        attributes.delete("count");
        return this.copied(tag, { attributes, leave: (element) => this.filled(element) });
    }

    /** Keep a link to an address or to a place in this file. */
    private hyperlink(tag: Tag): Element {
        const attributes = this.kept(tag);
        const lost = tag.attributes.has("r:id") && !attributes.has("r:id");
        const somewhere = attributes.has("r:id") || attributes.has("location");
        if (lost || !somewhere || attributes.get("location")?.includes("[") === true) return this.gone();
        return this.copied(tag, { attributes });
    }

    /** Excel hides names of its own, which begin like this. */
    private definedName(tag: Tag): Element {
        if (tag.attributes.get("name")?.startsWith("_xlnm.") !== true) this.hides(tag);
        return this.formula(tag);
    }

    /** The followers of a shared formula go with it; their values stay. */
    private cellFormula(tag: Tag): Element {
        const shared = tag.attributes.get("si");
        if (shared !== undefined && this.lostFormulas.has(shared)) return this.gone();
        const element = this.formula(tag);
        element.state = shared ?? "";
        return element;
    }

    private formula(tag: Tag): Element {
        return this.copied(tag, { leave: (element) => this.formulaEnd(element), collects: true });
    }

    private formulaEnd({ name, state, text }: Element): boolean {
        const formula = this.judged(text);
        if (formula === undefined) {
            if (state !== "") this.lostFormulas.add(state);
            const condition = CONDITIONS[name];
            if (condition !== undefined) this.doom(condition);
            return false;
        }
        this.writeText(formula);
        return true;
    }

    /** A formula as it may stay, or nothing if it reaches out of this file. */
    private judged(formula: string): string | undefined {
        const bare = formula.replace(STRING, '""');
        const strings = Array.from(formula.matchAll(STRING), ([, text = ""]) => text);
        if (FILE.test(bare) || strings.some((text) => PATH.test(text))) {
            this.removed.add("file-name");
            return undefined;
        }
        const cleaned = new Map(strings.filter((text) => WEB.test(text)).map((address) => [address, cleanLink(address)]));
        if (CALLS.test(bare) || [...cleaned.values()].includes(undefined)) {
            this.removed.add("link");
            return undefined;
        }
        let written = formula;
        for (const [address, link = ""] of cleaned) {
            if (link !== address) this.removed.add("link");
            written = written.replaceAll(`"${address}"`, () => `"${link}"`);
        }
        return written;
    }
}

/** The numbers of the shared strings that cells show. */
export function usedStrings(sheets: readonly string[]): Set<number> {
    return new Set(sheets.flatMap((sheet) => Array.from(sheet.matchAll(USED), ([, number]) => Number(number))));
}

/** The shared strings with those emptied that no cell shows any more. */
export function withoutUnused(strings: string, used: ReadonlySet<number>): string {
    let number = 0;
    return strings.replace(STRING_ITEM, (item) => (used.has(number++) ? item : NO_STRING));
}
