/** The twin of `files/documents/office/slide.py`: slides. */

import type { Element } from "../rewriter.ts";
import type { Tag } from "../xml.ts";
import { Markup } from "./markup.ts";
import type { Links } from "./parts.ts";

const PLAYED = ["a:audioFile", "a:videoFile", "a:wavAudioFile", "p:snd", "p:sndTgt"];
const SPOKEN = /<a:t>([^<]*[^<0-9 ‹›#][^<]*)<\/a:t>/;

/** A part of a presentation. */
export class SlideMarkup extends Markup {
    private silenced = false;

    constructor(links: Links, outer: Links | undefined) {
        super(links, outer);
        this.hook(PLAYED, (tag) => this.played(tag));
        this.hook(["p:sndAc"], (tag) => this.copied(tag, { leave: (element) => this.filled(element) }));
        this.hook(["p:cSld"], (tag) => this.copied(tag, { attributes: new Map() }));
        this.hook(["p:timing"], (tag) => this.copied(tag, { leave: () => !this.silenced }));
    }

    /** Tell of notes that are not on the slide. */
    protected override finish(): void {
        if (this.root === "p:notes" && SPOKEN.test(this.pieces.join(""))) this.warnings.add("hidden-content");
    }

    private played(tag: Tag): Element {
        const element = this.needy(tag);
        if (this.isGone(element)) this.silenced = true;
        return element;
    }
}
