"""How the model comes about: the corpus, typing noise, training, calibration, measuring.

Training needs scikit-learn (`pip install "congich[learn]"`), which is imported only when it begins: the
running bot never does.
"""
