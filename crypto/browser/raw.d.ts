/** Text files that the bundler and the test runner put into the program as they are. */
declare module "*.txt?raw" {
    const text: string;
    export default text;
}
