"""Grading recommenders on what somebody already put together: how much of it do they put back?"""
