export const runsEn = {
  title: 'Runs',
  open: 'Runs',
  openCount: 'Runs, {{runs}} stored',
  none: 'No runs yet. Each one you start is kept here until you remove it.',
  meta: '{{perClass}} per class, {{strategy}}, {{preset}}, seed {{seed}}',
  metrics: 'FD {{method}}, random {{random}}',
  current: 'open now',
} as const;
