export const jaFailures: Record<string, string> = {};
