/** The page for following up: from a code to the replies, and a word back to the team. */

import { type Lang, type Rating, RATINGS, type Status, STATUSES } from "../../crypto/browser/envelope.ts";
import { ReceiptCodeError } from "../../crypto/browser/errors.ts";
import { ReceiptCode } from "../../crypto/browser/receipt.ts";
import { say } from "./copy.ts";
import { fromTemplate, markInvalid, need, showOnly, takeOver, within } from "./dom.ts";
import { BYTES_PER_LETTER, explain, isExpected } from "./failures.ts";
import { type Case, Following, type ShownReply } from "./following.ts";
import { Site } from "./http.ts";
import { today } from "./intake.ts";
import { showLogSection, showVerdict } from "./verdict.ts";

const UNKNOWN = "unknown";
/** What a case goes through on its way to an answer, and how else it may end. */
const MAIN_PATH = ["received", "read", "redacted", "relayed", "answered", "published"];
const ENDS = ["declined", "withdrawn", "expired"];
/** While these last, the writer may still take the message back. */
const OPEN = ["received", "read", "question", "redacted"];
/** Only an answer can be rated. */
const ANSWERED = /^(?:answered|published):/;

class OpenPage {
    readonly #form = need("open-form", HTMLFormElement);
    readonly #code = need("code", HTMLTextAreaElement);
    readonly #codeError = need("code-error", HTMLElement);
    readonly #open = need("open-here", HTMLButtonElement);
    readonly #steps = { code: need("step-code", HTMLElement), case: need("step-case", HTMLElement) };
    readonly #replyForm = need("reply-form", HTMLFormElement);
    readonly #reply = need("reply", HTMLTextAreaElement);
    readonly #replySend = need("reply-send", HTMLButtonElement);
    readonly #replyResult = need("reply-result", HTMLElement);
    readonly #object = need("object", HTMLElement);
    readonly #withdraw = need("withdraw", HTMLElement);
    readonly #rate = need("rate", HTMLElement);
    readonly #holderResult = need("holder-result", HTMLElement);
    readonly #opening = document.createElement("p");
    #following: Following | undefined;

    begin(): void {
        this.#opening.setAttribute("role", "status");
        this.#form.append(this.#opening);
        this.#form.addEventListener("submit", (event) => {
            event.preventDefault();
            void this.#openCase();
        });
        takeOver(this.#open);
        for (const [box, action] of [[this.#object, "object"], [this.#withdraw, "withdraw"]] as const) {
            within(box, "button", HTMLButtonElement).addEventListener("click", () => void this.#decide(action));
        }
        for (const button of this.#rate.querySelectorAll("button")) {
            const rating = RATINGS.find((each) => each === button.value);
            if (rating !== undefined) button.addEventListener("click", () => void this.#rateAnswer(rating));
        }
        this.#replyForm.addEventListener("submit", (event) => {
            event.preventDefault();
            void this.#sendReply();
        });
    }

    get #lang(): Lang {
        return this.#form.dataset["lang"] === "en" ? "en" : "ar";
    }

    /** Nothing is asked of the site before the code is whole. */
    async #openCase(): Promise<void> {
        this.#showCodeError();
        this.#open.disabled = true;
        this.#opening.replaceChildren(say("opening"));
        try {
            const code = ReceiptCode.parse(this.#code.value);
            const site = new Site(this.#form.dataset["intake"] ?? "");
            const following = await Following.begin(code, site, { today, pinnedRoots: this.#form.dataset["roots"] });
            const found = await following.read();
            if (found.status === UNKNOWN) {
                this.#showCodeError(say("code_nobody"));
                return;
            }
            this.#following = following;
            this.#showCase(found);
            void this.#checkLog(following, found);
        } catch (error) {
            this.#showCodeError(explainOpening(error));
            if (!isExpected(error)) throw error;
        } finally {
            this.#open.disabled = false;
            this.#opening.replaceChildren();
        }
    }

    #showCodeError(sentence?: DocumentFragment): void {
        this.#codeError.replaceChildren(sentence ?? "");
        this.#codeError.hidden = sentence === undefined;
        markInvalid(this.#code, sentence !== undefined);
        if (sentence !== undefined) this.#code.focus();
    }

    #showCase({ status, replies, unverified }: Case): void {
        const isSilent = replies.length + unverified === 0;
        // Nobody replies any more to what has ended.
        const isOver = ENDS.includes(status.split(":")[0] ?? "");
        need("replies-title", HTMLElement).hidden = isSilent && isOver;
        need("no-replies", HTMLElement).hidden = !isSilent || isOver;
        this.#showStatus(status);
        const shown = replies.map((reply) => showReply(reply, this.#lang));
        if (unverified > 0) shown.push(paragraph(say("reply_unverified")));
        need("replies", HTMLElement).replaceChildren(...shown);
        this.#code.value = "";
        showOnly(this.#steps.case, this.#steps.code);
    }

    #showStatus(status: string): void {
        const known = STATUSES.find((each) => each === status) ?? "received";
        showTimeline(known);
        this.#object.hidden = known !== "redacted";
        this.#withdraw.hidden = !OPEN.includes(known);
        this.#rate.hidden = !ANSWERED.test(known);
    }

    /** Stop the relay, or take the message back; both are the writer's to say. */
    async #decide(action: "object" | "withdraw"): Promise<void> {
        if (this.#following === undefined) return;
        tell(this.#holderResult, say("reply_sending"));
        try {
            this.#showStatus(await this.#following.decide(action));
            tell(this.#holderResult, say(action === "object" ? "objected" : "withdrawn"), "box ok");
        } catch (error) {
            const sentences = { offline: "reply_not_sent", other: "too_late" } as const;
            tell(this.#holderResult, explain(error, sentences), "emsg");
            if (!isExpected(error)) throw error;
        }
    }

    async #rateAnswer(rating: Rating): Promise<void> {
        if (this.#following === undefined) return;
        tell(this.#holderResult, say("reply_sending"));
        try {
            await this.#following.rate(rating);
            tell(this.#holderResult, say("rated"), "box ok");
        } catch (error) {
            const sentences = { offline: "rate_not_sent", other: "rate_not_sent" } as const;
            tell(this.#holderResult, explain(error, sentences), "emsg");
            if (!isExpected(error)) throw error;
        }
    }

    /** The replies can be read meanwhile. */
    async #checkLog(following: Following, found: Case): Promise<void> {
        showLogSection(say("log_checking"));
        try {
            showVerdict(await following.check(found, Date.now() / 1_000), this.#lang);
        } catch (error) {
            showLogSection(say("log_offline"));
            if (!isExpected(error)) throw error;
        }
    }

    async #sendReply(): Promise<void> {
        const text = this.#reply.value.trim();
        markInvalid(this.#reply, text === "");
        if (this.#following === undefined || text === "") {
            tell(this.#replyResult, say("reply_empty"), "emsg");
            this.#reply.focus();
            return;
        }
        this.#replySend.disabled = true;
        tell(this.#replyResult, say("reply_sending"));
        try {
            await this.#following.write(text);
            this.#reply.value = "";
            tell(this.#replyResult, say("reply_sent"), "box ok");
        } catch (error) {
            const sentences = { offline: "reply_not_sent", other: "reply_not_sent" } as const;
            tell(this.#replyResult, explain(error, sentences, BYTES_PER_LETTER[this.#lang]), "emsg");
            if (!isExpected(error)) throw error;
        } finally {
            this.#replySend.disabled = false;
        }
    }
}

/** What comes of a press, as pages without JavaScript show it too. */
function tell(where: HTMLElement, sentence: DocumentFragment, look: "" | "box ok" | "emsg" = ""): void {
    where.className = look;
    where.replaceChildren(sentence);
}

function explainOpening(error: unknown): DocumentFragment {
    if (error instanceof ReceiptCodeError) {
        const { kind, count, position, word, nearest } = error;
        return say(`code_${kind}`, { count, position, word, nearest });
    }
    return explain(error, { offline: "follow_offline", other: "follow_unverified" });
}

/**
 * The way to an answer, with what is passed ticked and what is ahead; of everything beside it
 * only what is so now. An end takes what would have been ahead away.
 */
function showTimeline(status: Status): void {
    const [word = ""] = status.split(":");
    const now = MAIN_PATH.indexOf(word);
    // A question is asked of what was read, and whatever ended had arrived and was read.
    const passed = now < 0 ? 1 : now - 1;
    for (const item of need("timeline", HTMLElement).querySelectorAll<HTMLElement>("[data-status]")) {
        const own = item.dataset["status"] ?? "";
        const at = MAIN_PATH.indexOf(own);
        item.hidden = own !== word && (at < 0 || (ENDS.includes(word) && at > passed));
        item.className = own === word ? "now" : at >= 0 && at <= passed ? "done" : "";
        if (own === word) {
            item.setAttribute("aria-current", "step");
            item.replaceChildren(say(`status_${status}`));
        } else {
            item.removeAttribute("aria-current");
        }
    }
}

function showReply({ reply, reviewer, organisation }: ShownReply, lang: Lang): HTMLElement {
    const article = fromTemplate("reply-template");
    const name = organisation[lang];
    within(article, ".team", HTMLElement).textContent = name;
    within(article, ".status", HTMLElement).replaceChildren(say(`status_${reply.status}`));
    const text = within(article, ".text", HTMLElement);
    text.textContent = reply.text;
    text.lang = reply.lang;
    within(article, ".signed", HTMLElement).replaceChildren(say("signed_by", { reviewer, organisation: name }));
    return article;
}

function paragraph(sentence: DocumentFragment): HTMLElement {
    const element = document.createElement("p");
    element.className = "box warn";
    element.append(sentence);
    return element;
}

export function beginOpening(): void {
    new OpenPage().begin();
}
