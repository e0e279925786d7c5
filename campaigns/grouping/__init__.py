"""Groups of customers the shop names itself: by conditions in plain words, by value, by channel, by a survey.

words --bot/talk/desk/groups--> conditions --matching--> SQL --> people, counted anew at every look
"""
