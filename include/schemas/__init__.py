"""What may enter the warehouse: contracts generated from the Prisma schema, and the rules that it cannot say."""
