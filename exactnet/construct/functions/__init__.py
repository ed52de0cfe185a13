"""S6 and flattening: functions of one number."""
