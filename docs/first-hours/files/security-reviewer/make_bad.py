import os
import pickle


class Bad:
    def __reduce__(self):
        return os.system, ("touch it-ran",)


with open("bad.pkl", "wb") as file:
    pickle.dump({"model": Bad()}, file)
