/** What the review needs, fetched beside the page for writing: the text scanner and its words. */

export { remove, scan, segments } from "../../redaction/browser/text.ts";
export { words } from "../../redaction/browser/words.ts";
