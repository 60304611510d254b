export const runsJa = {
  title: '実行',
  open: '実行',
  openCount: '実行一覧、{{runs}} 件',
  none: '実行はまだありません。開始した実行は、削除するまでここに残ります。',
  meta: 'クラスあたり {{perClass}} 枚、{{strategy}}、{{preset}}、シード {{seed}}',
  metrics: 'FD {{method}}、ランダム {{random}}',
  current: '表示中',
} as const;
