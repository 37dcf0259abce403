"""What a user would write: jieba.lcut, TfidfVectorizer, linear_kernel.

python benchmarks/plain.py DOCUMENTS [QUESTION]

DOCUMENTS is a folder of Markdown, cut at its headings, or a JSONL file of passages. With a question it prints the best three, else nothing.
"""

import json
import re
import sys
from pathlib import Path

import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel

place = Path(sys.argv[1])
if place.is_dir():
    texts = [text for file in sorted(place.rglob("*.md")) for text in re.split(r"\n(?=#)", file.read_text("utf-8"))]
else:
    with open(place, encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
jieba.setLogLevel(60)
vectorizer = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None)
matrix = vectorizer.fit_transform(texts)
if len(sys.argv) > 2:
    scores = linear_kernel(vectorizer.transform([sys.argv[2]]), matrix)[0]
    for position in scores.argsort()[::-1][:3]:
        print(f"{scores[position]:.3f} {texts[position]}")
