/** Milliseconds of processor time that this process has used: how busy the machine is does not count. */
export function processorTime(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
}
