/**
 * The page for writing: from words and files to a sealed message and a receipt.
 *
 * How a draft is sealed and where it goes is a `Way`: over the network, or into an offline store.
 */

import { type About, type Lang, type Question, QUESTIONS, SECTION_NAMES, type SectionName } from "../../crypto/browser/envelope.ts";
import type * as Checks from "./checks.ts";
import { say } from "./copy.ts";
import { markInvalid, need, showOnly, takeOver, within } from "./dom.ts";
import { BYTES_PER_LETTER, explain, isExpected } from "./failures.ts";
import { type FileLimits, FileProblem, readFiles, USUAL_LIMITS } from "./files.ts";
import { Groundwork } from "./groundwork.ts";
import { Site } from "./http.ts";
import { ANY_SUBJECT, today } from "./intake.ts";
import { advise } from "./hints.ts";
import { load } from "./late.ts";
import { leaveFor, promiseLine, showReceipt } from "./receipt.ts";
import { type Answers, Review } from "./review.ts";
import { type Draft, type Progress, Sending } from "./sending.ts";

export interface Way {
    readonly limits: FileLimits;
    /** Fetch, while somebody writes, what sending will need. */
    fetch?(): void;
    /** Make ready, while they review, what sending will need; no request may tell of that. */
    prepare?(): void;
    /** Seal and hand over; what comes back shows the receipt. */
    send(draft: Draft, onProgress: (progress: Progress) => void): Promise<() => void>;
}

export class SealPage {
    readonly #way: Way;
    readonly #form = need("seal-form", HTMLFormElement);
    readonly #error = need("form-error", HTMLElement);
    readonly #toReview = need("to-review-here", HTMLButtonElement);
    readonly #files = need("attachments", HTMLInputElement);
    readonly #send = need("send", HTMLButtonElement);
    readonly #back = need("back", HTMLButtonElement);
    readonly #progress = need("progress", HTMLProgressElement);
    readonly #progressText = need("progress-text", HTMLElement);
    readonly #steps = {
        write: need("step-write", HTMLElement),
        review: need("step-review", HTMLElement),
        receipt: need("step-receipt", HTMLElement),
    };
    #checks: Promise<typeof Checks> | undefined;
    #review: Review | undefined;

    constructor(way: Way) {
        this.#way = way;
    }

    begin(): void {
        for (const field of this.#form.querySelectorAll("textarea")) advise(field);
        // With the page, so that no request tells when somebody reviews. A failure is told when it matters.
        void this.#loadChecks().catch(() => undefined);
        this.#way.fetch?.();
        this.#form.addEventListener("submit", (event) => {
            event.preventDefault();
            void this.#toReviewStep();
        });
        takeOver(this.#toReview);
        this.#back.addEventListener("click", () => {
            this.#progressText.replaceChildren();
            showOnly(this.#steps.write, this.#steps.review);
        });
        this.#send.addEventListener("click", () => void this.#sendMessage());
    }

    get #lang(): Lang {
        return this.#form.dataset["lang"] === "en" ? "en" : "ar";
    }

    /** A page asks for a place where its topic does, and then for no region. */
    #field(name: SectionName | Question): HTMLTextAreaElement | HTMLSelectElement | undefined {
        const field = this.#form.elements.namedItem(name);
        return field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement ? field : undefined;
    }

    /** Everything up to the review happens on this device: no request is made. */
    async #toReviewStep(): Promise<void> {
        this.#error.hidden = true;
        const answers = this.#answers();
        const problem = within(this.#form, "#problem", HTMLTextAreaElement);
        markInvalid(problem, answers.problem === "");
        if (answers.problem === "") {
            this.#showError(say("problem_required"));
            return;
        }
        this.#toReview.disabled = true;
        try {
            const checks = await this.#loadChecks();
            const chosen = Array.from(this.#files.files ?? []);
            const files = await readFiles(chosen, (code) => checks.words("errors", code, this.#lang), this.#way.limits);
            this.#review = new Review(answers, files, this.#lang, checks);
            this.#way.prepare?.();
            showOnly(this.#steps.review, this.#steps.write);
        } catch (error) {
            this.#showError(error instanceof FileProblem ? error.sentence : explain(error, { offline: "offline", other: "not_sent" }));
            if (!(error instanceof FileProblem) && !isExpected(error)) throw error;
        } finally {
            this.#toReview.disabled = false;
        }
    }

    #loadChecks(): Promise<typeof Checks> {
        this.#checks ??= (load("checks") as Promise<typeof Checks>).catch((error: unknown) => {
            this.#checks = undefined;
            throw error;
        });
        return this.#checks;
    }

    #answers(): Answers {
        const answer = (name: SectionName): string => this.#field(name)?.value.trim() ?? "";
        return { problem: answer("problem"), why: answer("why"), proposal: answer("proposal"), place: answer("place") };
    }

    #showError(sentence: DocumentFragment): void {
        this.#error.replaceChildren(sentence);
        this.#error.hidden = false;
        this.#error.focus();
    }

    async #sendMessage(): Promise<void> {
        if (this.#review === undefined) return;
        this.#setBusy(true);
        try {
            const show = await this.#way.send(this.#draftOf(this.#review), (progress) => {
                this.#showProgress(progress);
            });
            show();
            this.#forget();
            showOnly(this.#steps.receipt, this.#steps.review);
        } catch (error) {
            this.#tell(explain(error, { offline: "offline", other: "not_sent" }, BYTES_PER_LETTER[this.#lang]), true);
            if (!isExpected(error)) throw error;
        } finally {
            this.#setBusy(false);
        }
    }

    #draftOf(review: Review): Draft {
        return { topic: this.#topic(), lang: this.#lang, sections: review.sections(), about: this.#about(), files: review.files() };
    }

    #about(): About {
        const told = QUESTIONS.map((question) => [question, this.#field(question)?.value ?? ""]).filter(([, word]) => word !== "");
        return Object.fromEntries(told) as About;
    }

    #topic(): string {
        const field = this.#form.elements.namedItem("topic");
        const chosen = field instanceof HTMLSelectElement || field instanceof HTMLInputElement ? field.value : "";
        return chosen === "" ? ANY_SUBJECT : chosen;
    }

    #setBusy(busy: boolean): void {
        this.#send.disabled = busy;
        this.#back.disabled = busy;
        this.#progress.hidden = !busy;
        for (const field of this.#steps.review.querySelectorAll<HTMLInputElement | HTMLButtonElement>("input, .drop")) {
            field.disabled = busy;
        }
    }

    #showProgress(progress: Progress): void {
        if (progress.stage !== "file") {
            this.#progress.removeAttribute("value");
            this.#tell(say(`progress_${progress.stage}`));
            return;
        }
        const { index, count, fraction } = progress;
        this.#progress.value = (index - 1 + fraction) / count;
        this.#tell(say("progress_file", { index, count, percent: Math.floor(100 * fraction) }));
    }

    #tell(sentence: DocumentFragment, wrong = false): void {
        this.#progressText.classList.toggle("emsg", wrong);
        this.#progressText.replaceChildren(sentence);
    }

    /** The words have arrived; what is left of them on this page goes. */
    #forget(): void {
        this.#form.reset();
        for (const name of SECTION_NAMES) {
            const field = this.#field(name);
            if (field !== undefined) field.value = "";
        }
        this.#files.value = "";
        this.#review?.clear();
        this.#review = undefined;
        this.#tell(document.createDocumentFragment());
    }
}

/** To the site whose page this is. */
class Online implements Way {
    readonly limits = USUAL_LIMITS;
    readonly #ground: Groundwork;
    readonly #doneUrl: string;
    #sending: Sending | undefined;

    constructor({ intake = "", roots, done = "/" }: DOMStringMap) {
        this.#ground = new Groundwork(new Site(intake), { today, pinnedRoots: roots });
        this.#doneUrl = done;
    }

    fetch(): void {
        void this.#ground.intake().catch(() => undefined);
    }

    prepare(): void {
        this.#ground.prepareCode();
    }

    /** The same choices go on where they stopped; other choices are another message. */
    async send(draft: Draft, onProgress: (progress: Progress) => void): Promise<() => void> {
        if (this.#sending?.isOf(draft) !== true) this.#sending = new Sending(draft, this.#ground);
        const receipt = await this.#sending.run(onProgress);
        this.#sending = undefined;
        return () => {
            showReceipt(receipt.code, promiseLine(receipt, draft.lang), () => {
                leaveFor(this.#doneUrl);
            });
        };
    }
}

export function beginSealing(): void {
    new SealPage(new Online(need("seal-form", HTMLFormElement).dataset)).begin();
}
