"""Doc""" # comment
token: str = "<｜x｜>"
text = ('a\n\x41\u00e9' f"{token} {{}}"
        r'\d {other!r}')
