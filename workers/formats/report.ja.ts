import type { ReportWords } from './report.en';

/** The report in Japanese, in the terms of the page's own catalogue. */
export const reportJa: ReportWords = {
  language: '日本語',
  report: '凝縮データセットの報告書',
  arms: { method: 'この選択', random: '同数のランダム', full: '全データ' },
  columns: { figure: '指標', method: 'この選択', random: '同数のランダム', full: '全データ', floor: '下限', interval: '95% 区間つき' },
  notMeasured: '未測定',
  hidden: '名前は非公開',
  notRecorded: '記録なし',
  notStated: '記載なし',
  to: (low, high) => `${low}～${high}`,
  none: 'なし',
  others: (n) => `ほか ${n} 件`,
  stages: {
    intake: '読み込み', audit: '画像の点検', encoder: '手法用エンコーダー', judge: '評価用エンコーダー', scorer: '採点モデル', score: '難しさの採点', select: '選択',
    curve: '学習曲線', teacher: '教師モデル', students: '生徒モデル', features: '特徴ネットワーク', evaluate: '評価', export: '書き出し', report: '報告書',
  },
  stageOf: (stage, part) => `${stage}：${part}`,
  parts: { method: 'この選択', random: 'ランダム', full: '全データ', packed: 'ランダム（辺の長さ半分）', data: '元の画像' },

  key: {
    title: '要点',
    images: '画像', bytes: '画像の容量', steps: '1 巡のステップ数', quality: '学習後の FD(domain)', accuracy: '正解率（クラスラベル）', limits: '合格条件',
    of: (share, all) => `${all} の ${share}`,
    against: (random, full) => `ランダム ${random}、全データ ${full}`,
    limitsMet: (met, all) => `${all} 件中 ${met} 件を達成`,
    limitsNone: '設定なし',
    limitsNote: (missed, open) => `未達 ${missed} 件、未測定 ${open} 件`,
  },

  saved: {
    title: '何が減ったか',
    sentence: (kept, all, share, bytes, allBytes) => `画像は ${all} 枚から ${kept} 枚（${share}）、画像の容量は ${allBytes} から ${bytes} になりました。`,
    caption: '凝縮前後の大きさと手間',
    quantity: '項目', before: '全データ', after: 'この選択', saved: '削減',
    images: '画像の枚数', bytes: '画像の容量', steps: (batch) => `1 巡の学習ステップ数（バッチ ${batch}）`, time: (stage) => `1 巡の実測時間（${stage}）`,
    pass: (share) => `同じバッチなら、この選択を 1 巡する学習ステップ数は、全データを 1 巡する場合の ${share} です。`,
    equal: (steps) => `以下の比較では、どのセットも同じ ${steps} ステップ学習しています。比べているのは画像の価値で、巡回を減らした効果ではありません。`,
    noTimes: '同じレシピから同じバイト列ができるように、書き出しには時間を含めません。スタジオから保存する報告書には時間が載ります。',
    timeNote: (perStep, engine) => `学習 1 ステップは ${engine} で ${perStep}でした（生成と評価の分を含みます）。`,
    reused: '以前の結果を使用',
    times: '各段階の計算結果のハッシュと実測時間', seconds: '時間', total: '計算した分の合計',
    timesNote: '中断した段階は、最後に始めたときからの時間です。',
  },

  pictures: {
    working: (size, colour) => `${size} × ${size} 画素の PNG（${colour}）`, grey: 'グレースケール', rgb: 'カラー',
    missed: (working) => `元のファイルが保存されていないか、メタデータを除けない形式のため、画像はすべて ${working} です。`,
    asked: (working) => `画像はすべて ${working} です。採点したときの解像度です。`,
    turned: 'EXIF、GPS などのメタデータは含みません。回転した写真の向きだけは残します。',
    all: '画像はすべて元の解像度の元のファイルです。',
    some: (n) => `${n} 枚は元の解像度の元のファイルです。`,
    rest: (n, working) => `残りの ${n} 枚は ${working} です。`,
  },

  cost: {
    title: '品質への影響',
    sentence: (method, images, full) => `この選択で学習すると FD(domain) は ${method}、全 ${images} 枚で学習すると ${full} です。小さいほど良い値です。`,
    sentenceRecall: (method, recall, images, full, fullRecall) =>
      `この選択で学習すると FD(domain) は ${method}、再現率は ${recall}、全 ${images} 枚で学習すると ${full} と ${fullRecall} です。FD は小さいほど、再現率は大きいほど良い値です。`,
    caption: '指標と比較の基準',
    curve: '学習中の FD(domain)',
    curveSentence: (steps, order, floor) => `${steps} ステップの学習後：${order}。帯は下限 ${floor} で、これより小さい差は実画像どうしでも生じます。`,
    step: 'ステップ', steps: (n) => `${n} ステップ`,
    axis: '学習ステップ数。FD(domain) は小さいほど良い値。帯は下限', floor: (value) => `下限 ${value}`,
    chart: 'この選択、同数のランダム、全データで学習したときの FD(domain)',
  },

  metrics: {
    fdDomain: '学習後の FD(domain)（小さいほど良い）',
    recall: '再現率（大きいほど良い）',
    memorisation: '学習画像の丸写しになった生成画像（95% 区間つき）',
    nnRatio: '学習画像までの距離 ÷ 検証画像までの距離（丸写しがなければ 1）',
    precision: '適合率（大きいほど良い）',
    coverage: '被覆率（大きいほど良い）',
    kid: '学習後の KID（小さいほど良い）',
    fdInfinity: '枚数を無限大に外挿した FD(domain)（± 当てはめの標準誤差）',
    fdRaw: '画像そのものの FD(domain)（小さいほど良い）',
    features: (label) => `学習後の ${label}（小さいほど良い）`,
    draws: (mean, sd, n) => `${mean} ± ${sd}（${n} 回）`,
    interval: (estimate, low, high) => `${estimate}（${low}～${high}）`,
  },

  students: {
    title: '各セットで学習した分類器の正解率',
    sentence: (hard, soft) => `同じ枚数のランダム画像との差は、クラスラベルで ${hard} ポイント、ソフトラベルで ${soft} ポイントです（シード間の平均 ± 標準偏差）。`,
    loss: (loss) => `全データからの低下は、クラスラベルで ${loss} ポイントです。`, lossInterval: (loss, low, high) => `${loss}（${low}～${high}）`,
    caption: (n) => `検証画像の正解率。シード ${n} 個の平均と、平均の 95% 区間`,
    set: '学習したセット', images: '枚数', hard: 'クラスラベル', soft: '教師モデルのソフトラベル', packed: 'ランダム（辺の長さ半分）',
    teacher: (accuracy) => `教師モデル ${accuracy}`,
    axis: '検証画像の正解率',
    protocol: (steps, temperature, teacher) =>
      `同じ小さなネットワークを、どのセットでも最初から ${steps} ステップ学習しました。ソフトラベルの温度は ${temperature} です。全データで伸びなくなるまで学習した教師モデルの正解率は ${teacher} です。ソフトラベルはランダムを含むどのセットの正解率も上げるため、同じ列どうしで比べてください。`,
    packedNote: '辺の長さが半分の画像は容量が 4 分の 1 なので、1 枚の代わりに 4 枚使えます。これに勝てないセットは、容量に見合いません。',
    oneSeed: 'シードが 1 個の値には区間がありません。',
  },

  verdicts: {
    closer: (method, random) => `この選択で学習したモデルは、同数のランダムで学習したモデルより検証画像に近づきました。FD(domain) は ${method}、ランダムは ${random} です。`,
    further: (method, random) => `同数のランダムで学習したモデルの方が、同じか、より良い結果でした。FD(domain) はランダム ${random}、この選択 ${method} です。`,
    oneSeed: 'この比較は各セット 1 シードの学習によるもので、ばらつきは分かりません。小さな差は偶然かもしれません。',
    copying: (copied, recall, fullCopied, fullRecall) =>
      `FD(domain) は丸写しも高く評価するため、再現率と丸写しの割合をあわせて示します。この選択からの生成画像のうち ${copied} が学習画像の丸写しで、検証画像の ${recall} をカバーしています。全データではそれぞれ ${fullCopied} と ${fullRecall} です。`,
    moreCopies: '全データの場合より丸写しが多いため、FD(domain) の一部は丸写しによるかもしれません。',
    searched: (own, all, neighbours) =>
      `丸写しとは、画素での距離が、最も近い学習画像まで、次に近い学習画像までの 3 分の 1 未満のものです。この選択の学習画像 ${own} 枚、全データの ${all} 枚を調べました。再現率、適合率、被覆率は、評価用エンコーダーの特徴で近傍 ${neighbours} 点を調べます。`,
    rawCloser: (sds, n) => `選んだ画像そのものは、ランダムに引いた ${n} 回より標準偏差の ${sds} 倍だけ検証画像に近くなっています。`,
    rawFurther: (sds, n) => `選んだ画像そのものは、ランダムに引いた ${n} 回より標準偏差の ${sds} 倍だけ検証画像から離れています。`,
    rawEqual: (n) => `選んだ画像そのものと検証画像との距離は、ランダムに引いた ${n} 回と標準偏差の 2 倍以内で同じです。`,
    domain: (n, accuracy) =>
      `FD(domain) は、このデータセットで学習したエンコーダー（検証画像の正解率 ${accuracy}）の特徴で測った、${n} 枚との Fréchet 距離です。FID や、ほかのデータセットの値とは比べられません。下限は、学習画像を二分した半分どうしの距離です。`,
    disjoint: '評価用エンコーダーは、どの選択にも使われない画像で学習しました。',
    shared: 'データセットが小さく、評価用エンコーダーのための画像を分けられませんでした。学習画像を繰り返すセットに有利な値です。',
    agreement: (value) => `2 つのノイズシードでの難しさの順位相関は、クラス内で ${value} です。`,
  },

  limits: {
    title: '合格条件',
    none: 'このセットには合格条件が設定されていません。書き出しの画面か、コマンドラインの --set report.… で設定できます。',
    sentence: (met, all) => `合格条件 ${all} 件のうち ${met} 件を満たしています。`,
    caption: '設定した合格条件と測定値',
    limit: '条件', asked: '求める値', value: '測定値', verdict: '判定',
    most: (value) => `${value}以下`, least: (value) => `${value}以上`,
    times: (value) => `${value} 倍`, points: (value) => `${value} ポイント`,
    names: {
      maxFdOverRandom: '同数のランダムに対する FD(domain) の比', maxFdOverFull: '全データに対する FD(domain) の比', minRecall: '再現率',
      maxMemorisation: '学習画像の丸写しになった生成画像', maxAccuracyLoss: '全データからの正解率の低下（クラスラベル）',
      maxAccuracyLossTeacher: '教師モデルからの正解率の低下（クラスラベル）', maxClassShareChange: 'クラスの割合の最大の変化',
      maxMetadataShareChange: 'メタデータの割合の最大の変化',
    },
    verdicts: { met: '達成', 'not-met': '未達', 'not-measured': '未測定' },
    noted: (verdict, note) => `${verdict}（${note}）`, line: (mark, question, detail) => `${mark}：${question}。${detail}`,
    doubtful: '条件の値が区間の中にあるため、別のシードでは判定が変わるかもしれません',
    standing: 'どのセットでも確かめること',
    classes: 'すべてのクラスが残っている', classesDetail: (share, name) => `残した割合が最も小さいのは ${name} の ${share} です。`,
    better: '学習データとして、同数のランダムより良い', betterDetail: (method, random) => `FD(domain) は ${method}、ランダムは ${random} です（各 1 回の学習）。`,
    close: '検証画像との近さが、ランダムに引いた場合と同じか、より近い', closeDetail: (method, mean, sd) => `画像そのものの FD(domain) は ${method}、ランダムは ${mean} ± ${sd} です。`,
  },

  shares: {
    title: 'クラスとメタデータの割合', metadata: (column) => `「${column}」の割合`,
    drift: (share) => `クラスの割合を元どおりにするには、画像の ${share} を別のクラスに替える必要があります（全変動距離）。`,
    columnDrift: (share) => `割合を元どおりにするには、画像の ${share} を別の値のものに替える必要があります（全変動距離）。`,
    largest: (name, before, after) => `割合が最も変わったのは ${name} で、${before} から ${after} になりました。`,
    caption: '凝縮前後のクラスの割合', columnCaption: '割合の変化が大きい値から順に示します',
    name: 'クラス', value: '値', label: '番号', images: '学習画像', kept: '選択', before: '前の割合', after: '今の割合', change: 'ポイント', note: '備考',
    lost: '割合が半分未満', gone: '残りなし', empty: '（空欄）', hiddenValue: (n) => `値 ${n}`,
    chart: '学習画像と選ばれた画像での各クラスの割合', key: '薄い色：前の割合、濃い色：今の割合',
    noColumns: '画像にほかの列のメタデータがないため、比べられるのはクラスだけです。',
  },

  difficulty: {
    title: '残した画像の難しさ',
    sentence: (median, kept, low, high) => `難しさの中央値は、全学習画像で ${median}、選ばれた画像で ${kept} です。全体の ${low} は選ばれた最も難しい画像より難しく、${high} は選ばれた最も易しい画像より易しいものです。`,
    caption: '難しさごとの枚数', from: 'から', to: 'まで', all: '全学習画像', kept: '選択',
    axis: '難しさ（易しい順）。薄い色：全学習画像での割合、濃い色：選択での割合', chart: '全学習画像と選ばれた画像の、難しさのヒストグラム',
  },

  audit: {
    title: '元の画像の点検',
    sentence: (looked) => `${looked} 枚を調べました。点検によって除いた画像はありません。以下は人が見直すべき画像です。`,
    none: 'この実行では点検していません。',
    caption: '見直すとよいもの', finding: '内容', found: 'フォルダー全体', inSet: 'この選択',
    exact: '別のファイルとバイト単位で同じもの（読み込み時に除外）', near: '同じ場面が写った画像の組', mislabelled: 'ラベル間違いの疑い', outliers: 'ほかのどの画像とも違うもの',
    nearKept: (n) => `${n}（両方とも残った組）`,
    margin: (margin, level) => `ラベル間違いの疑い：内容の近い画像で、別のクラスの割合が ${margin} 以上上回るもの。ほかと違うもの：普通の画像がそう判定される確率が ${level} のもの。`,
    lists: (n) => `疑いの強い順に、それぞれ最初の ${n} 件`, pair: (a, b) => `${a} と ${b}`, suspect: (path, label, suggested) => `${path}：${label}、${suggested} かもしれません`,
    hidden: 'ファイル名が非公開のため、画像の一覧は載せません。',
  },

  sheet: { title: '画像', note: (shown, all) => `選ばれた ${all} 枚のうち ${shown} 枚を、クラスごとに選択の順に示します。`, row: (name, shown, all) => `${name}：${all} 枚中 ${shown} 枚` },

  made: {
    title: '作成の記録',
    selection: '選び方', engine: 'エンジン', source: '元データ', sourceText: (name, hash) => `${name}、データのハッシュ ${hash}`, licence: 'ライセンス', app: '作成',
    appText: (version) => `Retort ${version}。recipe.json から再現できます`, recipe: 'recipe.json の SHA-256', seed: 'シードとプリセット', seedText: (seed, preset) => `${seed}、${preset}`,
    options: '各段階の設定', stage: '段階', values: '設定', keys: '各段階の計算結果のハッシュ', key: 'ハッシュ',
    keysNote: 'ハッシュは、段階とその版、設定、シード、エンジンの種類、入力のハッシュから求めます。',
  },

  honest: {
    title: 'これらの値の限界',
    oneSeed: 'FD(domain)、KID、再現率は、各セット 1 シード、1 回の学習の値です。小さな差で決める前に、別のシードで繰り返してください。',
    fewSeeds: (n) => `正解率はシード ${n} 個の値です。区間は、シードによるばらつきが正規分布に従うとしたものです。`,
    shared: 'フォルダーが小さいため、評価用エンコーダーは選択の対象の画像で学習しました。距離は、学習画像を繰り返すセットに有利です。',
    smallN: (n) => `距離は各モデルの生成画像 ${n} 枚で測りました。枚数が限られると FD(domain) は大きめに出るため、同じ枚数の値どうしでしか比べられません。`,
    small: 'このデータセット自身で学習したエンコーダーによる評価です。ほかのフォルダーの値とは比べられません。',
    unmeasured: '「未測定」は、この実行で測っていないことを表し、良し悪しを示すものではありません。',
    equalSteps: 'どのセットも同じステップ数で学習しました。ステップ数が違えば、順位が変わることがあります。',
  },

  strategies: {
    interval: '難しさの順位での等間隔', min: '各クラスの易しい順', max: '各クラスの難しい順', medium: '難しさの順位の中央', random: 'ランダム', stratified: '難しさで等分した層からのランダム',
    herding: '特徴空間でのハーディング', kcenter: '特徴空間での貪欲な K-center', bestof: '画像そのものの Fréchet 距離による、複数回引いたうちの最良',
    match: '特徴空間で全画像の分布に合わせる選び方',
  },
  selection: {
    text: (strategy, perClass, detail, seed) => `${strategy}、クラスあたり ${perClass} 枚${detail}、シード ${seed}`,
    multiplier: (value) => `、間隔の倍率 ${value}`, draws: (n) => `、${n} 回`,
  },
  unmeasured: {
    unfinished: 'このセットを書き出した時点で実行の評価が済んでいないため、値を示せません。',
    other: '実行の値は別の選択で測られたもので、この選択には当てはまりません。この選択で実行すると測定されます。',
  },
};
