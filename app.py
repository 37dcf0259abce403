"""For hosts that look for a script at the top of a checkout: `streamlit run app.py`."""

from search.page import main

main()
