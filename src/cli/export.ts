export async function exportRuns(_: string[], __: unknown): Promise<void> {}
