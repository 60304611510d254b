/**
 * Style of report.html: black on white, A4 on paper. The language switch is two radio buttons before the articles, so that it works without script; what is chosen is printed.
 * The faces of Japanese are named because a browser may else take Chinese shapes.
 */
export const REPORT_STYLE = `
@page{size:A4;margin:16mm 15mm 18mm}
*{box-sizing:border-box}
body{font:15px/1.55 system-ui,-apple-system,"Segoe UI","Hiragino Sans","Yu Gothic UI","Noto Sans CJK JP","Noto Sans JP",sans-serif;color:#111;background:#fff;max-width:48rem;margin:1.5rem auto 4rem;padding:0 1rem}
.switch{position:absolute;opacity:0;width:1px;height:1px}
.switch+label{display:inline-block;padding:.2rem .7rem;border:1px solid #777;cursor:pointer;font-size:.9rem}
.switch:checked+label{background:#111;color:#fff;border-color:#111}
.switch:focus-visible+label{outline:3px solid #0b5cad;outline-offset:2px}
#in-en:not(:checked)~[lang=en],#in-ja:not(:checked)~[lang=ja],#in-en:not(:checked)~.both [lang=en],#in-ja:not(:checked)~.both [lang=ja]{display:none}
h1{font-size:1.75rem;line-height:1.25;margin:1.2rem 0 .1rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-bottom:.2rem;border-bottom:2px solid #111}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
p{margin:.5rem 0}.lead{font-size:1.05rem}.quiet{color:#444}
.key{display:grid;grid-template-columns:repeat(3,1fr);gap:.8rem 1.2rem;margin:1.2rem 0}
.key div{border-top:2px solid #111;padding-top:.3rem}
.key dt{font-size:.82rem;font-weight:400;color:#444}.key dd{margin:0;overflow-wrap:anywhere}.key .big{font-size:1.4rem;line-height:1.25;font-weight:600}.key .note{font-size:.85rem;color:#444}
table{border-collapse:collapse;width:100%;margin:.7rem 0;font-size:.9rem}
caption{text-align:left;color:#444;padding:.2rem 0}
th,td{text-align:right;padding:.25rem .5rem;border-bottom:1px solid #ccc;vertical-align:top}th{overflow-wrap:break-word}tbody th{min-width:7.5em;max-width:24em}.text td{overflow-wrap:anywhere}
thead th{border-bottom:1px solid #111;font-weight:600;vertical-align:bottom}
th:first-child,td:first-child{text-align:left;padding-left:0}th[scope=row]{font-weight:400}
.text th,.text td{text-align:left}.hash thead th:nth-child(2){text-align:left}.hash td:last-child:not(:nth-child(2)){font:inherit;text-align:right;white-space:nowrap}.hash td{font-family:ui-monospace,Consolas,monospace;font-size:.78rem;text-align:left;word-break:break-all}
.verdict{font-weight:600;white-space:nowrap}
figure{margin:1rem 0}svg{width:100%;height:auto;display:block}figcaption{margin-top:.2rem}
ul{padding-left:1.2rem;margin:.5rem 0}li{margin:.25rem 0;overflow-wrap:anywhere}
dl{margin:.6rem 0}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
.sheet{display:grid;grid-template-columns:11rem 1fr;gap:.25rem .8rem;align-items:center}
.sheet p{margin:0;font-size:.85rem;overflow-wrap:anywhere}.sheet div{display:flex;flex-wrap:wrap;gap:3px;padding:2px 0}
.sheet img{width:52px;height:52px;object-fit:contain;image-rendering:pixelated;border:1px solid #ccc}
@media(max-width:34rem){.key{grid-template-columns:repeat(2,1fr)}.sheet{grid-template-columns:1fr}}
@media print{
body{margin:0;max-width:none;padding:0;font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.switch,.switch+label{display:none!important}h1{margin-top:0}
h2,h3,caption{break-after:avoid}figure,tr,dl.key,li,.short{break-inside:avoid}thead{display:table-header-group}
th,td{padding:.15rem .4rem}.small{font-size:8pt}.hash td{font-size:7pt}section.both{break-inside:avoid-page}
p{orphans:3;widows:3}figure svg{max-height:9cm}}`;
