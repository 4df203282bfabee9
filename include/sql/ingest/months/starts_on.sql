{row}.starts_on
