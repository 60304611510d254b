export const jaOptions: Record<string, { label: string; help: string }> = {};
